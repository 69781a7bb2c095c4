// Implements IDX: a magic number, one to four sizes, and bytes; zlib reads it plain or gzipped.
#include "saddle/io/idx.h"

#include "saddle/base/error.h"
#include "saddle/io/byte_source.h"
#include "saddle/io/bytes.h"
#include "saddle/io/file.h"

namespace saddle {
namespace {

std::string type_name(uint8_t type) {
  switch (type) {
    case 0x08:
      return "unsigned bytes";
    case 0x09:
      return "signed bytes";
    case 0x0b:
      return "16-bit integers";
    case 0x0c:
      return "32-bit integers";
    case 0x0d:
      return "32-bit floats";
    case 0x0e:
      return "64-bit floats";
    default:
      return "";
  }
}

/// Reads the magic number and the sizes, whose product must not pass `max_bytes`.
std::vector<int64_t> read_shape(ByteSource& source, const std::string& path, int64_t max_bytes) {
  uint8_t bytes[16];
  if (source.read(bytes, 4) < 4 || bytes[0] != 0 || bytes[1] != 0 || type_name(bytes[2]).empty())
    throw Error(path + ": byte 0: expected the magic number of an IDX file, got another or none");
  if (bytes[2] != 0x08)
    throw Error(path + ": byte 2: expected IDX of unsigned bytes, got IDX of " + type_name(bytes[2]));
  const int64_t dimensions = bytes[3];
  if (dimensions < 1 || dimensions > 4)
    throw Error(path + ": byte 3: expected 1 to 4 dimensions, got " + std::to_string(dimensions));
  if (source.read(bytes, static_cast<size_t>(4 * dimensions)) < static_cast<size_t>(4 * dimensions))
    throw Error(path + ": byte 4: expected " + std::to_string(dimensions) + " sizes, got the file's end");
  const std::string_view sizes(reinterpret_cast<const char*>(bytes), sizeof bytes);
  std::vector<int64_t> shape;
  int64_t room = max_bytes;
  for (int64_t i = 0; i < dimensions; ++i) {
    shape.push_back(static_cast<int64_t>(big_endian(sizes, 4 * i, 4)));
    if (shape.back() > room)
      throw Error(path + ": byte " + std::to_string(4 + 4 * i) + ": expected at most " + std::to_string(max_bytes) +
                  " bytes, got sizes that need more");
    room /= std::max<int64_t>(shape.back(), 1);
  }
  return shape;
}

}  // namespace

bool is_idx(const std::string& path) {
  uint8_t bytes[4];
  try {
    return ByteSource(path).read(bytes, 4) == 4 && bytes[0] == 0 && bytes[1] == 0 && !type_name(bytes[2]).empty();
  } catch (const Error&) {
    return false;
  }
}

std::vector<int64_t> idx_shape(const std::string& path, int64_t max_bytes) {
  ByteSource source(path);
  return read_shape(source, path, max_bytes);
}

Tensor read_idx(const std::string& path, int64_t max_bytes) {
  ByteSource source(path);
  const std::vector<int64_t> shape = read_shape(source, path, max_bytes);
  const int64_t header = 4 + 4 * static_cast<int64_t>(shape.size());
  const int64_t count = c10::multiply_integers(shape);
  const auto refuse = [&](int64_t position, const std::string& got) {
    throw Error(path + ": byte " + std::to_string(position) + ": expected " + std::to_string(count) +
                " bytes after the header, got " + got);
  };
  if (!source.is_gzipped()) {
    const int64_t body = file_size(path) - header;
    if (body != count) refuse(header + std::min(body, count), std::to_string(body));
  }
  const Tensor x = at::empty(shape, at::kByte);
  const int64_t got = static_cast<int64_t>(source.read(x.mutable_data_ptr<uint8_t>(), static_cast<size_t>(count)));
  if (got < count) refuse(header + got, std::to_string(got));
  uint8_t more;
  if (source.read(&more, 1) > 0) refuse(header + count, "more");
  return x;
}

}  // namespace saddle
