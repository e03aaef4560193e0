// What every LibTorch model does before its work: device, threads, generator, weights.
#pragma once

#include <c10/core/Device.h>

#include "models/run_data.h"
#include "models/verbs.h"
#include "train/model.h"

namespace seq {

/// Sets threads and seeds the default generators. Throws Error for a device that this LibTorch or machine lacks.
c10::Device set_up_torch(const Config& config);

/// Moves a fresh network to its device and precision.
void place(torch::nn::Module& net, const Config& config, c10::Device device);

/// Loads the best weights of a run, or those of the checkpoint that it names: the weights' average where the run keeps
/// one, as for the best. Throws Error when there are none yet, or they do not fit.
void load_run_weights(torch::nn::Module& net, const LoadedRun& run);

}  // namespace seq
