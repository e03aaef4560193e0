// NumPy's array files: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#include <fmt/format.h>

#include <charconv>
#include <cstring>

#include "base/error.h"
#include "vectors/formats.h"

namespace seq::vectors {
namespace {

/// What the dictionary in the header says.
struct NpyHeader {
  std::string type;
  std::vector<int64_t> shape;
  size_t data = 0;  ///< where the numbers begin
};

class NpyReader {
 public:
  NpyReader(std::string_view file, const std::string& shown) : file_(file), shown_(shown) {}

  NpyHeader read() {
    if (file_.size() < 12) damaged("cut short");
    const int major = static_cast<unsigned char>(file_[6]);
    const size_t length_bytes = major == 1 ? 2 : 4;
    if (major < 1 || major > 3) damaged(fmt::format("version {} of the format is unknown", major));
    uint32_t length = 0;
    std::memcpy(&length, file_.data() + 8, length_bytes);
    NpyHeader header;
    header.data = 8 + length_bytes + length;
    if (header.data > file_.size()) damaged("cut short inside its header");
    text_ = file_.substr(8 + length_bytes, length);
    header.type = quoted(value_of("descr"));
    const std::string_view order = value_of("fortran_order");
    if (order.starts_with("True"))
      throw Error(shown_ + ": columns are stored one after another; save numpy.ascontiguousarray(array)");
    if (!order.starts_with("False")) damaged("its header has no fortran_order");
    header.shape = tuple(value_of("shape"));
    return header;
  }

  [[noreturn]] void damaged(const std::string& why) const { throw Error(shown_ + ": damaged npy file: " + why); }

 private:
  std::string_view value_of(const std::string& key) const {
    for (const char quote : {'\'', '"'}) {
      const size_t at = text_.find(quote + key + quote);
      if (at == std::string_view::npos) continue;
      const size_t colon = text_.find(':', at);
      if (colon == std::string_view::npos) break;
      const size_t begin = text_.find_first_not_of(' ', colon + 1);
      if (begin != std::string_view::npos) return text_.substr(begin);
    }
    damaged("its header has no " + key);
  }

  std::string quoted(std::string_view value) const {
    const size_t end = value.find(value.front(), 1);
    if ((value.front() != '\'' && value.front() != '"') || end == std::string_view::npos)
      damaged("its header has no plain type");
    return std::string(value.substr(1, end - 1));
  }

  std::vector<int64_t> tuple(std::string_view value) const {
    std::vector<int64_t> numbers;
    if (value.front() != '(') damaged("its header has no shape");
    value.remove_prefix(1);
    for (;;) {
      while (!value.empty() && (value.front() == ' ' || value.front() == ',')) value.remove_prefix(1);
      if (value.starts_with(')')) return numbers;
      int64_t number = 0;
      const auto [rest, error] = std::from_chars(value.data(), value.data() + value.size(), number);
      if (error != std::errc{} || number < 0) damaged("its header has no shape");
      numbers.push_back(number);
      value.remove_prefix(static_cast<size_t>(rest - value.data()));
    }
  }

  std::string_view file_;
  const std::string& shown_;
  std::string_view text_;
};

}  // namespace

Matrix read_npy(const fs::path& path, const std::string& shown) {
  auto file = std::make_shared<MappedFile>(path);
  NpyReader reader(file->text(), shown);
  const NpyHeader header = reader.read();
  static const std::vector<std::pair<std::string, std::string>> kTypes = {
      {"<f4", "F32"}, {"<f8", "F64"}, {"<f2", "F16"}};
  const auto type =
      std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& one) { return one.first == header.type; });
  if (type == kTypes.end())
    throw Error(fmt::format("{}: its numbers are of type {}; save array.astype(numpy.float32)", shown, header.type));
  if (header.shape.size() != 2)
    throw Error(fmt::format("{}: an array of {} dimensions, expected 2 (words, numbers)", shown, header.shape.size()));
  const int64_t rows = header.shape[0], columns = header.shape[1];
  const size_t width = static_cast<size_t>(header.type[2] - '0');
  const std::string_view bytes = file->text().substr(header.data);
  size_t expected = 0;
  if (__builtin_mul_overflow(static_cast<size_t>(rows), static_cast<size_t>(columns), &expected) ||
      __builtin_mul_overflow(expected, width, &expected) || expected != bytes.size())
    reader.damaged(fmt::format("{} bytes of numbers for a shape of {} x {}", bytes.size(), rows, columns));
  if (type->second != "F32" || header.data % sizeof(float) != 0) return to_floats(bytes, type->second, rows, columns);
  const auto* values = reinterpret_cast<const float*>(bytes.data());
  return {std::move(file), values, rows, columns};
}

}  // namespace seq::vectors
