// Tensors on huge pages, through the system's advice call.
#include "nn/huge_pages.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <c10/util/accumulate.h>

#include <cstdlib>
#include <new>
#ifdef __linux__
#include <sys/mman.h>
#endif

namespace seq::nn {

at::Tensor empty_on_huge_pages(at::IntArrayRef shape, at::ScalarType type) {
#ifdef __linux__
  constexpr size_t kHugePage = size_t{2} << 20;
  const size_t bytes = static_cast<size_t>(c10::multiply_integers(shape)) * c10::elementSize(type);
  if (bytes >= kHugePage) {
    const size_t whole = (bytes + kHugePage - 1) / kHugePage * kHugePage;
    void* memory = std::aligned_alloc(kHugePage, whole);
    if (memory == nullptr) throw std::bad_alloc();
    madvise(memory, whole, MADV_HUGEPAGE);  // only advice: without it everything works, more slowly
    return at::from_blob(
        memory, shape, [](void* block) { std::free(block); }, at::TensorOptions(type));
  }
#endif
  return at::empty(shape, type);
}

}  // namespace seq::nn
