// The way of named tensors to files and back.
#include "nn/tensor_file.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>

#include <array>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace seq::nn {
namespace {

constexpr std::array<std::pair<const char*, at::ScalarType>, 10> kTypes = {{
    {"F64", at::kDouble},
    {"F32", at::kFloat},
    {"F16", at::kHalf},
    {"BF16", at::kBFloat16},
    {"I64", at::kLong},
    {"I32", at::kInt},
    {"I16", at::kShort},
    {"I8", at::kChar},
    {"U8", at::kByte},
    {"BOOL", at::kBool},
}};

std::string type_name(at::ScalarType type) {
  for (const auto& [name, known] : kTypes) {
    if (known == type) return name;
  }
  TORCH_CHECK(false, "safetensors has no name for ", type);
}

std::string shape_text(at::IntArrayRef shape) {
  std::string text = "[";
  for (const int64_t size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

}  // namespace

std::map<std::string, Tensor> named_tensors(const torch::nn::Module& module) {
  std::map<std::string, Tensor> tensors;
  for (const auto& item : module.named_parameters()) tensors.emplace(item.key(), item.value());
  for (const auto& item : module.named_buffers()) tensors.emplace(item.key(), item.value());
  return tensors;
}

std::map<std::string, TensorBytes> tensor_bytes(const std::map<std::string, Tensor>& tensors,
                                                std::vector<Tensor>& held) {
  std::map<std::string, TensorBytes> all;
  for (const auto& [name, tensor] : tensors) {
    const Tensor& kept = held.emplace_back(tensor.detach().cpu().contiguous());
    all[name] = {type_name(kept.scalar_type()), kept.sizes().vec(),
                 std::string_view(static_cast<const char*>(kept.const_data_ptr()), kept.nbytes())};
  }
  return all;
}

Tensor to_tensor(const TensorBytes& bytes) {
  for (const auto& [name, type] : kTypes) {
    if (bytes.dtype != name) continue;
    Tensor tensor = at::empty(bytes.shape, type);
    TORCH_CHECK(tensor.nbytes() == bytes.bytes.size(), "a tensor of ", bytes.bytes.size(), " bytes");
    if (!bytes.bytes.empty()) std::memcpy(tensor.mutable_data_ptr(), bytes.bytes.data(), bytes.bytes.size());
    return tensor;
  }
  throw Error("tensors of type " + bytes.dtype + " are not supported");
}

std::map<std::string, Tensor> to_tensors(const SafetensorsFile& file) {
  std::map<std::string, Tensor> tensors;
  for (const auto& [name, bytes] : file.tensors()) tensors.emplace(name, to_tensor(bytes));
  return tensors;
}

void load_weights(torch::nn::Module& module, const std::map<std::string, Tensor>& loaded,
                  const std::string& file_name) {
  const at::NoGradGuard no_grad;
  const std::map<std::string, Tensor> tensors = named_tensors(module);
  for (const auto& [name, tensor] : loaded) {  // all checks before the first copy
    const auto found = tensors.find(name);
    if (found == tensors.end()) throw Error(file_name + ": tensor '" + name + "' is left over: the model has none");
    if (found->second.sizes() != tensor.sizes()) {
      throw Error(file_name + ": tensor '" + name + "' has shape " + shape_text(tensor.sizes()) + ", the model needs " +
                  shape_text(found->second.sizes()));
    }
  }
  for (const auto& [name, tensor] : tensors) {
    if (!loaded.contains(name)) throw Error(file_name + ": tensor '" + name + "' is missing");
  }
  for (auto [name, tensor] : tensors) tensor.copy_(loaded.at(name));
}

}  // namespace seq::nn
