// Implements images: finds the format by content, checks the header, decodes and turns upright.
#include "saddle/io/image.h"

#include "saddle/base/error.h"
#include "saddle/io/file.h"
#include "saddle/io/image_codec.h"

namespace saddle {
namespace {

constexpr const char* kExtensions[] = {".png",   ".jpg", ".jpeg", ".jpe", ".jif",  ".jfif", ".jfi",
                                       ".pjpeg", ".pjp", ".webp", ".pgm", ".ppm",  ".pnm",  ".pbm",
                                       ".bmp",   ".tif", ".tiff", ".gif", ".heic", ".avif"};

const ImageCodec* const kCodecs[] = {&kPngCodec, &kJpegCodec, &kWebpCodec, &kPnmCodec};

/// A format that is known but not read.
struct RefusedFormat {
  const char* name;
  size_t position;
  std::string_view magic;
};

constexpr RefusedFormat kRefused[] = {{"BMP", 0, "BM"},          {"GIF", 0, "GIF8"},       {"TIFF", 0, {"II*\0", 4}},
                                      {"TIFF", 0, {"MM\0*", 4}}, {"AVIF", 4, "ftypavi"},   {"HEIC", 4, "ftyphe"},
                                      {"HEIF", 4, "ftypmif1"},   {"HEIF", 4, "ftypmsf1"},  {"PBM", 0, "P1"},
                                      {"PBM", 0, "P4"},          {"PAM", 0, "P7"},         {"JPEG XL", 0, "\xff\x0a"},
                                      {"JPEG XL", 4, "JXL \r"},  {"JPEG 2000", 4, "jP  "}, {"Photoshop", 0, "8BPS"}};

const ImageCodec& find_codec(std::string_view bytes) {
  for (const ImageCodec* codec : kCodecs)
    if (codec->matches(bytes)) return *codec;
  const std::string expected = "expected PNG, JPEG, WebP, PGM or PPM, got ";
  if (bytes.empty()) throw Error(expected + "an empty file");
  for (const RefusedFormat& format : kRefused)
    if (bytes.size() > format.position && bytes.substr(format.position, format.magic.size()) == format.magic)
      throw Error(expected + format.name + " (convert it to PNG)");
  throw Error(expected + "a file that begins like none of them");
}

ImageLayout checked_layout(const ImageCodec& codec, std::string_view bytes, int64_t max_pixels) {
  const ImageLayout layout = codec.read_layout(bytes);
  const std::string size = std::to_string(layout.width) + " x " + std::to_string(layout.height);
  if (layout.width < 1 || layout.height < 1) throw Error("expected an image with pixels, got one of " + size);
  if (layout.width > max_pixels / layout.height)
    throw Error("expected at most " + std::to_string(max_pixels) + " pixels, got " + size + " (see --max-pixels)");
  return layout;
}

ImageHeader read_header(std::string_view bytes, int64_t max_pixels) {
  const ImageCodec& codec = find_codec(bytes);
  const ImageLayout layout = checked_layout(codec, bytes, max_pixels);
  ImageHeader header{codec.format, layout.width, layout.height, layout.channels, layout.alpha, layout.deep};
  if (layout.orientation >= 5) std::swap(header.width, header.height);
  return header;
}

/// Turns stored pixels upright. EXIF's 5 to 8 are stored on their side; the rest is mirrored.
Tensor upright(const Tensor& pixels, int orientation) {
  if (orientation == 1) return pixels;
  const bool is_mirrored = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
  const bool is_upside_down = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
  Tensor x = orientation >= 5 ? pixels.transpose(0, 1) : pixels;
  if (is_mirrored) x = x.flip({1});
  if (is_upside_down) x = x.flip({0});
  return x.contiguous();
}

/// The most bytes that an image of so many pixels may take on the disk: more is no image worth reading.
int64_t max_file_bytes(int64_t max_pixels) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max() / 32;
  return 16 * std::min(max_pixels, kMost) + (1 << 26);
}

/// Room for an image's pixels. LibTorch's allocator throws an exception of its own, which is no std::bad_alloc.
Tensor room_for_pixels(const ImageLayout& layout) {
  auto* room = new uint8_t[static_cast<size_t>(layout.height * layout.width * layout.samples())];
  return at::from_blob(
      room, {layout.height, layout.width, layout.samples()}, [room](void*) { delete[] room; }, at::kByte);
}

/// Runs work on an image's file and layout; an error, or a lack of memory, names the file.
template <class Work>
auto on_image(const std::string& path, int64_t max_pixels, const Work& work) {
  std::string size;
  try {
    const std::string bytes = read_file(path, max_file_bytes(max_pixels));
    try {
      const ImageCodec& codec = find_codec(bytes);
      const ImageLayout layout = checked_layout(codec, bytes, max_pixels);
      size = " of " + std::to_string(layout.width) + " x " + std::to_string(layout.height) + " pixels";
      return work(codec, bytes, layout);
    } catch (const Error& error) {
      throw Error(path + ": " + error.what());
    }
  } catch (const std::exception& error) {
    if (!is_lack_of_memory(error)) throw;
    throw Error(path + ": expected memory for an image" + size + ", got none (a smaller --max-pixels refuses it)");
  }
}

}  // namespace

bool is_lack_of_memory(const std::exception& error) {
  const std::string text = error.what();  // LibTorch's exception for it is the same as for everything else
  return dynamic_cast<const std::bad_alloc*>(&error) != nullptr || text.find("allocate memory") != std::string::npos;
}

bool has_image_extension(const std::string& path) {
  std::string extension = std::filesystem::path(path).extension();
  for (char& c : extension)
    if (c >= 'A' && c <= 'Z') c += 'a' - 'A';
  return std::find(std::begin(kExtensions), std::end(kExtensions), extension) != std::end(kExtensions);
}

bool begins_like_image(const std::string& path) {
  try {
    const std::string head = read_file_head(path, 16);
    return kPngCodec.matches(head) || kJpegCodec.matches(head) || kWebpCodec.matches(head);
  } catch (const Error&) {
    return false;
  }
}

ImageHeader read_image_header(const std::string& path, int64_t max_pixels) {
  constexpr int64_t kHeadBytes = 1 << 16;
  const std::string head = read_file_head(path, kHeadBytes);
  try {
    return read_header(head, max_pixels);
  } catch (const Error& error) {
    if (static_cast<int64_t>(head.size()) < kHeadBytes) throw Error(path + ": " + error.what());
  }
  const std::string bytes = read_file(path, max_file_bytes(max_pixels));  // a header may be longer than most
  try {
    return read_header(bytes, max_pixels);
  } catch (const Error& error) {
    throw Error(path + ": " + error.what());
  }
}

Tensor decode_image(const std::string& path, int64_t max_pixels, int64_t white, std::string* remark) {
  return on_image(path, max_pixels, [&](const ImageCodec& codec, std::string_view bytes, const ImageLayout& layout) {
    const Tensor pixels = room_for_pixels(layout);
    const std::string text = codec.decode(bytes, layout, white, pixels.mutable_data_ptr<uint8_t>());
    if (remark != nullptr) *remark = text;
    return upright(pixels, layout.orientation);
  });
}

int64_t largest_number(const std::string& path, int64_t max_pixels) {
  return on_image(path, max_pixels, [&](const ImageCodec& codec, std::string_view bytes, const ImageLayout& layout) {
    return layout.deep ? codec.largest(bytes, layout) : 255;
  });
}

Tensor premultiplied(const Tensor& rgba) {
  const Tensor out = rgba.contiguous().clone();
  auto* pixel = out.mutable_data_ptr<uint8_t>();
  for (int64_t i = 0; i < out.numel() / 4; ++i, pixel += 4)
    for (int64_t c = 0; c < 3; ++c) pixel[c] = static_cast<uint8_t>((pixel[c] * pixel[3] + 127) / 255);
  return out;
}

Tensor image_bytes(const Tensor& images) {
  Tensor bytes = ((images.detach().to(at::kCPU) + 1) * 127.5).round().clamp(0, 255).to(at::kByte);
  bytes = bytes.permute({0, 2, 3, 1}).contiguous();
  if (bytes.size(3) != 4) return bytes;
  auto* pixel = bytes.mutable_data_ptr<uint8_t>();
  for (int64_t i = 0; i < bytes.numel() / 4; ++i, pixel += 4)
    for (int64_t c = 0; c < 3; ++c)  // what cannot be seen is black
      pixel[c] = pixel[3] == 0 ? 0 : static_cast<uint8_t>(std::min(255, (pixel[c] * 255 + pixel[3] / 2) / pixel[3]));
  return bytes;
}

Tensor to_byte_levels(const Tensor& images) {
  Tensor bytes = image_bytes(images);
  if (bytes.size(3) == 4) bytes = premultiplied(bytes);
  return (bytes.permute({0, 3, 1, 2}).to(at::kFloat) - 127.5F) * (1 / 127.5F);
}

}  // namespace saddle
