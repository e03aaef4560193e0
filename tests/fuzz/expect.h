// What a fuzzer holds true: stops the program where it is not.
#pragma once

#include <cstdio>
#include <cstdlib>

#define SEQ_EXPECT(condition)                                                       \
  do {                                                                              \
    if (!(condition)) {                                                             \
      std::fprintf(stderr, "%s:%d: expected %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                 \
    }                                                                               \
  } while (false)
