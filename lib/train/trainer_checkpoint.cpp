// The trainer's way to files and back: the model that is saved, and the checkpoints that a run goes on from.
#include <ATen/Context.h>
#include <ATen/core/Generator.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "nn/tensor_file.h"
#include "train/trainer.h"

namespace seq::train {
namespace {

/// Thrown for a part of a checkpoint that does not fit the run.
struct Misfit : Error {
  using Error::Error;
};

/// The generator that dropout draws from; a handle that shares its state.
at::Generator default_generator(c10::Device device) {
  return at::globalContext().defaultGenerator(device);
}

void require_like(const Tensor& loaded, const Tensor& own, const std::string& what) {
  if (loaded.sizes() == own.sizes() && loaded.scalar_type() == own.scalar_type()) return;
  throw Misfit(fmt::format("{} has shape [{}] of {}, expected [{}] of {}", what, fmt::join(loaded.sizes(), ", "),
                           c10::toString(loaded.scalar_type()), fmt::join(own.sizes(), ", "),
                           c10::toString(own.scalar_type())));
}

}  // namespace

void Trainer::save_model() const {
  std::vector<Tensor> held;
  write_safetensors(run_.model(), nn::tensor_bytes(nn::named_tensors(job_.model.net()), held),
                    {{"kind", "model"}, {"step", std::to_string(step_)}});
}

void Trainer::save_checkpoint(const std::string& name) const {
  stop_if_weights_diverged();
  Checkpoint checkpoint;
  for (const auto& [key, tensor] : nn::named_tensors(job_.model.net())) checkpoint.tensors["model." + key] = tensor;
  for (const auto& [key, tensor] : optimizer_->state()) checkpoint.tensors["optimizer." + key] = tensor;
  for (size_t i = 0; i < carried_.size(); ++i) checkpoint.tensors["carried." + std::to_string(i)] = carried_[i];
  if (average_.defined()) checkpoint.tensors["average"] = average_;
  checkpoint.tensors["generator.cpu"] = default_generator(c10::kCPU).get_state();
  if (!job_.device.is_cpu()) checkpoint.tensors["generator.device"] = default_generator(job_.device).get_state();
  Json observers = Json::object();
  for (const auto& observer : observers_) observers[observer->name()] = observer->state();
  checkpoint.state = {{"step", step_},
                      {"pass", pass_},
                      {"position", position_},
                      {"batches_per_pass", job_.training.batches_per_pass()},
                      {"best_loss", best_loss_ ? Json(*best_loss_) : Json(nullptr)},
                      {"evaluated_step", evaluated_step_},
                      {"seconds", seconds()},
                      {"schedule", schedule_.state()},
                      {"observers", observers}};
  fs::create_directories(run_.checkpoint(name).parent_path());
  write_checkpoint(run_.checkpoint(name), checkpoint);
}

void Trainer::load_checkpoint() {
  if (!run_.has_begun()) return;
  const fs::path file = run_.checkpoint("last");
  const at::NoGradGuard no_gradients;
  const Checkpoint checkpoint = read_checkpoint(file);
  const auto refuse = [&](const std::string& what) {
    throw Error(file.string() + ": " + what + " (start anew with --overwrite)");
  };
  try {
    nn::load_weights(job_.model.net(), checkpoint.group("model"), file.string());
    load_tensors(checkpoint);
    load_state(checkpoint.state);
  } catch (const Misfit& misfit) {
    refuse(misfit.what());
  } catch (const Json::exception&) {
    refuse("its training state is damaged");
  } catch (const std::out_of_range&) {
    refuse("a part of the training state is missing");
  } catch (const c10::Error&) {
    refuse("its generator's state is damaged");
  }
  restart_clock();
  log_.info("resumed at step {} (epoch {:.2f})", step_, epoch());
}

/// What stands beside the weights. All is checked before the first copy.
void Trainer::load_tensors(const Checkpoint& checkpoint) {
  const std::map<std::string, Tensor>& tensors = checkpoint.tensors;
  if (average_.defined()) require_like(tensors.at("average"), average_, "the average of the weights");
  State carried;
  const auto parts = checkpoint.group("carried");
  for (size_t i = 0; i < parts.size(); ++i) carried.push_back(parts.at(std::to_string(i)).to(job_.device));
  if (!carried.empty() || checkpoint.state.at("position").get<int64_t>() > 0) check_carried(carried);
  try {
    optimizer_->load_state(checkpoint.group("optimizer"));
  } catch (const Error& error) {
    throw Misfit(error.what());
  }
  if (average_.defined()) average_.copy_(tensors.at("average"));
  carried_ = std::move(carried);
  default_generator(c10::kCPU).set_state(tensors.at("generator.cpu"));
  if (!job_.device.is_cpu() && tensors.contains("generator.device"))
    default_generator(job_.device).set_state(tensors.at("generator.device"));
}

/// The shape of what is carried is known to the model alone: it runs on a batch, which changes nothing.
void Trainer::check_carried(const State& carried) {
  Batch batch;
  job_.training.start_pass(0, 0);
  job_.training.next(batch);
  State made;
  job_.model.net().eval();
  job_.model.loss(on_device(batch, job_.device), made);
  if (made.size() != carried.size())
    throw Misfit(fmt::format("a carried state of {} tensors, expected {}", carried.size(), made.size()));
  for (size_t i = 0; i < made.size(); ++i) require_like(carried[i], made[i], "the carried state");
}

void Trainer::load_state(const Json& state) {
  const int64_t per_pass = job_.training.batches_per_pass();
  if (state.at("batches_per_pass").get<int64_t>() != per_pass)
    throw Misfit(fmt::format("made with {} batches in a pass, where the data now give {}",
                             state.at("batches_per_pass").get<int64_t>(), per_pass));
  step_ = state.at("step").get<int64_t>();
  pass_ = state.at("pass").get<int64_t>();
  position_ = state.at("position").get<int64_t>();
  if (step_ < 0 || pass_ < 0 || position_ < 0 || position_ > per_pass) throw Misfit("its place in the data is damaged");
  if (!state.at("best_loss").is_null()) best_loss_ = state.at("best_loss").get<double>();
  evaluated_step_ = state.at("evaluated_step").get<int64_t>();
  earlier_seconds_ = state.at("seconds").get<double>();
  schedule_.load_state(state.at("schedule"));
  for (const auto& observer : observers_)
    if (state.at("observers").contains(observer->name()))
      observer->load_state(state.at("observers").at(observer->name()));
}

}  // namespace seq::train
