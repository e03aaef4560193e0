#include "vectors.h"
namespace seq::apps {
void add_vectors_project(CLI::App&, Context&) {}
}  // namespace seq::apps
