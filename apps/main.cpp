// seqtool: everything that needs no tensors, and the way to seqtool-torch for what does.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "base/version.h"
#include "cli.h"
#include "models/torch_free_registry.h"

namespace {

namespace fs = std::filesystem;

/// The sibling on disk, else where a distribution puts helpers; empty when neither is there.
fs::path torch_program() {
  std::error_code ignored;
  const fs::path folder = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  for (const fs::path& candidate : {folder / "seqtool-torch", folder / "../libexec/seqtool/seqtool-torch"})
    if (fs::exists(candidate, ignored)) return candidate;
  return {};
}

/// Runs seqtool-torch in place of this program with the same arguments.
int become_torch_program(char** argv) {
  const fs::path program = torch_program();
  if (program.empty()) {
    std::fputs("error: seqtool-torch is missing beside seqtool (install both: cmake --install)\n", stderr);
    return 1;
  }
  execv(program.c_str(), argv);
  std::fprintf(stderr, "error: %s: cannot be run: %s\n", program.c_str(), std::strerror(errno));
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  seq::apps::Context context(seq::find_torch_free_verbs);
  try {
    return seq::apps::run_cli(argc, argv, context, []() -> std::string {
      if (!torch_program().empty()) throw seq::apps::NeedsTorch{};
      return std::string("seqtool ") + seq::kVersion + " (without LibTorch)";
    });
  } catch (const seq::apps::NeedsTorch&) {
    return become_torch_program(argv);
  }
}
