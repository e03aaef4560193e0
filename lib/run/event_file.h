// TensorBoard event files: scalars, histograms and text, written with protozero and framed with masked CRC-32C.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>

namespace seq {

/// Appends to `folder/events.out.tfevents.<seconds>.<host>.<process>`, which TensorBoard finds by itself.
/// Each event is flushed when written. Every member throws RunError when the file cannot be written.
class EventFile {
 public:
  /// Creates the folder and a new file in it. Events of earlier files of the same folder from `first_step` on are
  /// marked as void (TensorBoard's SessionLog START), as a resumed run needs it.
  EventFile(const std::filesystem::path& folder, int64_t first_step);

  void scalar(const std::string& tag, int64_t step, double value);
  /// Values that are not finite are left out; nothing is written when none is left.
  void histogram(const std::string& tag, int64_t step, std::span<const float> values);
  /// TensorBoard renders Markdown: the text is indented by four blanks, so that it is shown as it is.
  void text(const std::string& tag, int64_t step, const std::string& value);

 private:
  void write_summary(int64_t step, const std::string& value);
  void write_event(const std::string& event);
  std::filesystem::path path_;
  std::ofstream out_;
};

}  // namespace seq
