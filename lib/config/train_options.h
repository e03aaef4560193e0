// The sections `train` and `eval` of a config: how a model is trained by gradient steps and how it is evaluated.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fields.h"

namespace seq {

/// Sizes beyond this are slips of the keyboard, and products of them would overflow.
inline constexpr double kMostTokens = 1 << 30;

/// Which update rule, with the symbols of its paper; see nn/optimizer.h for the equations.
struct OptimizerOptions {
  std::string type = "adam";
  double momentum = 0.9;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double rho = 0.95;
  double epsilon = 1e-8;
  double weight_decay = 0.0;

  template <class Visitor>
  void fields(Visitor& field) {
    field("type", type, "update rule",
          one_of({"sgd", "momentum", "nesterov", "adagrad", "adagrad_abs", "adadelta", "rmsprop", "adam", "adamw"}));
    field("momentum", momentum, "of momentum and nesterov", between(0, 1));
    field("beta1", beta1, "decay of Adam's first moment", between(0, 0.999999));
    field("beta2", beta2, "decay of Adam's second moment", between(0, 0.999999));
    field("rho", rho, "decay of the squared gradients in rmsprop and adadelta", between(0, 1));
    field("epsilon", epsilon, "keeps the division finite", above(0));
    field("weight_decay", weight_decay, "L2 penalty; decoupled in adamw", at_least(0));
  }
};

/// The learning rate over time.
struct ScheduleOptions {
  std::string type = "constant";
  int64_t warmup_steps = 0;
  double factor = 0.5;
  int64_t every_steps = 0;
  double every_epochs = 0;
  int64_t start_step = 0;
  double start_epoch = 0;
  double final_fraction = 0.0;
  int64_t patience = 2;
  std::optional<int64_t> horizon_steps;

  template <class Visitor>
  void fields(Visitor& field) {
    field("type", type, "shape of the learning rate over time",
          one_of({"constant", "step", "exponential", "linear", "cosine", "plateau"}));
    field("warmup_steps", warmup_steps, "steps of linear rise from 0", at_least(0));
    field("factor", factor, "what step, exponential and plateau multiply by", between(0, 1));
    field("every_steps", every_steps, "step and exponential: multiply each that many steps", at_least(0));
    field("every_epochs", every_epochs, "the same in epochs", at_least(0));
    field("start_step", start_step, "step and exponential: not before this step", at_least(0));
    field("start_epoch", start_epoch, "the same in epochs", at_least(0));
    field("final_fraction", final_fraction, "linear and cosine: what is left at the horizon", between(0, 1));
    field("patience", patience, "plateau: evaluations without improvement before the rate falls", at_least(0));
    field("horizon_steps", horizon_steps, "length of linear and cosine; the run's own limit when null", at_least(1));
  }
};

/// The section `train`.
struct TrainOptions {
  int64_t batch_size = 50;
  int64_t window = 50;
  std::optional<int64_t> max_steps;
  std::optional<double> max_epochs;
  std::optional<double> max_minutes;
  double learning_rate = 0.002;
  OptimizerOptions optimizer;
  ScheduleOptions schedule;
  std::optional<double> clip_norm;
  std::optional<double> clip_value;
  std::string reduction = "mean";
  std::string precision = "fp32";
  std::string kernel = "fast";
  bool random_offset = false;
  double average_decay = 0.0;
  double smooth_loss = 0.0;
  int64_t log_every = 100;
  std::optional<int64_t> eval_every_steps;
  double eval_every_epochs = 1.0;
  std::optional<int64_t> patience;
  double min_improvement = 0.0;
  std::optional<double> stop_at_loss;
  std::optional<int64_t> checkpoint_every_steps;
  double checkpoint_every_minutes = 5.0;
  bool keep_every_checkpoint = false;
  bool histograms = false;
  bool log_gradients = false;
  int64_t sample_length = 200;

  template <class Visitor>
  void fields(Visitor& field) {
    field("batch_size", batch_size, "parallel streams, or examples, in a batch", between(1, kMostTokens));
    field("window", window, "tokens that back-propagation through time spans", between(1, kMostTokens));
    field("max_steps", max_steps, "end after that many updates", at_least(0));
    field("max_epochs", max_epochs, "end after that many passes over the training part", at_least(0));
    field("max_minutes", max_minutes, "end after that many minutes of training, earlier sessions included", above(0));
    field("learning_rate", learning_rate, "the schedule's highest", at_least(0));
    field("optimizer", optimizer, "the update rule");
    field("schedule", schedule, "the learning rate over time");
    field("clip_norm", clip_norm, "shrink the gradient to this norm", above(0));
    field("clip_value", clip_value, "cut each component of the gradient to plus or minus this", above(0));
    field("reduction", reduction, "what is differentiated: the mean over the batch's tokens, or their sum",
          one_of({"mean", "sum"}));
    field("precision", precision, "arithmetic: bf16 keeps weights in fp32 and multiplies in bf16",
          one_of({"fp32", "bf16", "fp64"}));
    field("kernel", kernel,
          "the network on fused kernels where the processor has them, or on LibTorch's own operations; the update rule "
          "is "
          "one fused pass in both",
          one_of({"fast", "plain"}));
    field("random_offset", random_offset, "start each pass at a random token below `window`");
    field("average_decay", average_decay,
          "evaluate and save an exponential moving average of the weights; 0: the weights themselves", between(0, 1));
    field("smooth_loss", smooth_loss,
          "also log an exponentially smoothed loss per batch with this decay, started at log V; 0: none",
          between(0, 1));
    field("log_every", log_every, "steps between log lines", at_least(1));
    field("eval_every_steps", eval_every_steps, "steps between evaluations, in place of eval_every_epochs",
          at_least(1));
    field("eval_every_epochs", eval_every_epochs, "passes between evaluations", above(0));
    field("patience", patience, "stop early at the evaluation after that many without improvement", at_least(0));
    field("min_improvement", min_improvement, "a smaller fall of the validation loss is none", at_least(0));
    field("stop_at_loss", stop_at_loss, "end after a pass over the training part whose mean loss was at most this",
          at_least(0));
    field("checkpoint_every_steps", checkpoint_every_steps, "steps between checkpoints, besides those by time",
          at_least(1));
    field("checkpoint_every_minutes", checkpoint_every_minutes, "minutes between checkpoints", above(0));
    field("keep_every_checkpoint", keep_every_checkpoint, "keep step-N beside last and best");
    field("histograms", histograms, "write histograms of the weights at each evaluation into the event files");
    field("log_gradients", log_gradients,
          "also log each parameter's gradient before clipping: its norm, or its value where it is one number");
    field("sample_length", sample_length, "tokens of sample text at each evaluation; 0: none", at_least(0));
  }
};

/// The section `eval`.
struct EvalOptions {
  int64_t batch_size = 32;
  int64_t window = 128;
  int64_t context = 128;

  template <class Visitor>
  void fields(Visitor& field) {
    field("batch_size", batch_size, "parallel streams", between(1, kMostTokens));
    field("window", window, "tokens of a stream in a batch", between(1, kMostTokens));
    field("context", context, "tokens that a stream reads before its own, so that cutting the text costs nothing",
          between(0, kMostTokens));
  }
};

/// Checks what no single key can: a limit is set, the schedule has what it needs, early stopping something to watch.
/// Throws Error with the key.
void check_train_options(const TrainOptions& train, bool has_validation);

}  // namespace seq
