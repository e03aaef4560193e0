// Device, threads, generators, weights.
#include "models/setup.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include <malloc.h>

#include <thread>

#include "nn/tensor_file.h"
#include "train/checkpoint.h"

namespace seq {
namespace {

/// A step frees what the next one needs again; given back to the system, every page of it would be cleared in between.
void keep_freed_memory() {
#ifdef M_MMAP_MAX
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
#endif
}

}  // namespace

c10::Device set_up_torch(const Config& config) {
  keep_freed_memory();
  const int threads =
      config.threads > 0 ? static_cast<int>(config.threads) : static_cast<int>(std::thread::hardware_concurrency());
  if (threads > 0) at::set_num_threads(threads);
  const c10::Device device(config.device);
  if (device.is_cuda() && !at::hasCUDA())
    throw Error("device cuda: this LibTorch has no CUDA or the machine no such device (use --device cpu)");
  if (device.is_cuda() && at::detail::getCUDAHooks().deviceCount() == 0)
    throw Error("device cuda: no CUDA device was found (use --device cpu)");
  at::manual_seed(static_cast<uint64_t>(config.seed));
  return device;
}

void place(torch::nn::Module& net, const Config& config, c10::Device device) {
  net.to(device, config.train.precision == "fp64" ? at::kDouble : at::kFloat);
}

void load_run_weights(torch::nn::Module& net, const LoadedRun& run) {
  if (!run.checkpoint.empty()) {
    const fs::path file = run.folder.existing_checkpoint(run.checkpoint);
    return train::load_checkpoint_weights(net, train::read_checkpoint(file), file.string());
  }
  const fs::path file = run.folder.model();
  if (!fs::exists(file)) throw Error(run.folder.path().string() + ": no model yet (train it further with --resume)");
  nn::load_weights(net, nn::to_tensors(SafetensorsFile(file)), file.string());
}

}  // namespace seq
