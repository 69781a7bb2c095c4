// Implements animations with giflib and libwebp.
#include "saddle/io/animation.h"

#include <gif_lib.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include "saddle/base/error.h"
#include "saddle/io/palette.h"

namespace saddle {
namespace {

constexpr int kGifGrey = 128;  // below transparency

void check_frames(const std::vector<Tensor>& frames, int64_t largest_side, const char* format) {
  if (frames.empty()) throw Error(std::string(format) + ": expected at least one frame, got none");
  const auto shape = frames.front().sizes();
  for (const Tensor& frame : frames)
    if (frame.scalar_type() != at::kByte || frame.dim() != 3 || frame.sizes() != shape || frame.numel() == 0 ||
        (frame.size(2) != 1 && frame.size(2) != 3 && frame.size(2) != 4))
      throw Error(std::string(format) + ": expected frames of bytes [H, W, 1, 3 or 4] of one shape, got " +
                  c10::str(frame.scalar_type(), " ", frame.sizes(), " beside ", shape));
  if (std::max(shape[0], shape[1]) > largest_side)
    throw Error(std::string(format) + ": expected at most " + std::to_string(largest_side) + " pixels a side, got " +
                std::to_string(shape[1]) + " x " + std::to_string(shape[0]) + " (ask for fewer samples)");
}

/// A frame as contiguous RGB.
Tensor opaque(const Tensor& frame) {
  if (frame.size(2) == 1) return frame.expand({-1, -1, 3}).contiguous();
  if (frame.size(2) == 3) return frame.contiguous();
  const Tensor alpha = frame.narrow(2, 3, 1).to(at::kFloat) / 255, colours = frame.narrow(2, 0, 3).to(at::kFloat);
  return (colours * alpha + kGifGrey * (1 - alpha)).round().to(at::kByte).contiguous();
}

/// A GIF being written. giflib is C: what it returns is checked, and what it holds is freed.
class GifWriter {
 public:
  GifWriter(int width, int height, const Palette& palette)
      : file_(EGifOpen(&bytes_, append, &error_), close), colours_(nullptr, GifFreeMapObject) {
    std::vector<GifColorType> colours(256);  // giflib wants a power of two of them
    for (size_t i = 0; i < palette.size(); ++i) colours[i] = {palette[i][0], palette[i][1], palette[i][2]};
    colours_.reset(GifMakeMapObject(256, colours.data()));
    require(file_ != nullptr && colours_ != nullptr);
    EGifSetGifVersion(file_.get(), true);
    require(EGifPutScreenDesc(file_.get(), width, height, 8, 0, colours_.get()) == GIF_OK);
    const unsigned char forever[] = {1, 0, 0};
    require(EGifPutExtensionLeader(file_.get(), APPLICATION_EXT_FUNC_CODE) == GIF_OK);
    require(EGifPutExtensionBlock(file_.get(), 11, "NETSCAPE2.0") == GIF_OK);
    require(EGifPutExtensionBlock(file_.get(), 3, static_cast<const unsigned char*>(forever)) == GIF_OK);
    require(EGifPutExtensionTrailer(file_.get()) == GIF_OK);
  }

  /// `indices` uint8 [H, W], of the palette.
  void add(const Tensor& indices, int hundredths) {
    const GraphicsControlBlock control = {DISPOSE_DO_NOT, false, hundredths, NO_TRANSPARENT_COLOR};
    GifByteType extension[4];
    const auto size = static_cast<int>(EGifGCBToExtension(&control, static_cast<GifByteType*>(extension)));
    require(EGifPutExtension(file_.get(), GRAPHICS_EXT_FUNC_CODE, size, static_cast<GifByteType*>(extension)) ==
            GIF_OK);
    const auto height = static_cast<int>(indices.size(0)), width = static_cast<int>(indices.size(1));
    require(EGifPutImageDesc(file_.get(), 0, 0, width, height, false, nullptr) == GIF_OK);
    Tensor line = at::empty({width}, at::kByte);  // giflib may write into it
    for (int y = 0; y < height; ++y) {
      line.copy_(indices[y]);
      require(EGifPutLine(file_.get(), line.mutable_data_ptr<uint8_t>(), width) == GIF_OK);
    }
  }

  std::string finish() {
    require(EGifCloseFile(file_.release(), &error_) == GIF_OK);
    return std::move(bytes_);
  }

 private:
  static int append(GifFileType* file, const GifByteType* bytes, int count) {
    static_cast<std::string*>(file->UserData)->append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(count));
    return count;
  }
  static void close(GifFileType* file) {
    if (file != nullptr) EGifCloseFile(file, nullptr);
  }
  void require(bool right) const {
    if (!right) throw Error(std::string("GIF: expected memory to encode it, got: giflib failed"));
  }

  std::string bytes_ = {};
  int error_ = 0;
  std::unique_ptr<GifFileType, decltype(&close)> file_;
  std::unique_ptr<ColorMapObject, decltype(&GifFreeMapObject)> colours_;
};

void require_webp(bool right) {
  if (!right) throw Error("WebP: expected memory to encode it, got: libwebp failed");
}

/// libwebp's picture of a frame.
struct WebpFrame {
  WebPPicture picture;

  explicit WebpFrame(const Tensor& frame) {
    require_webp(WebPPictureInit(&picture) != 0);
    picture.use_argb = 1;
    picture.height = static_cast<int>(frame.size(0));
    picture.width = static_cast<int>(frame.size(1));
    const Tensor pixels = (frame.size(2) == 1 ? frame.expand({-1, -1, 3}) : frame).contiguous();
    const auto* bytes = pixels.const_data_ptr<uint8_t>();
    const auto stride = static_cast<int>(pixels.size(1) * pixels.size(2));
    const bool right = pixels.size(2) == 4 ? WebPPictureImportRGBA(&picture, bytes, stride) != 0
                                           : WebPPictureImportRGB(&picture, bytes, stride) != 0;
    if (!right) WebPPictureFree(&picture);
    require_webp(right);
  }
  ~WebpFrame() { WebPPictureFree(&picture); }
  WebpFrame(const WebpFrame&) = delete;
  WebpFrame& operator=(const WebpFrame&) = delete;
};

}  // namespace

std::string encode_gif(const std::vector<Tensor>& frames, int64_t frame_ms) {
  check_frames(frames, 65'535, "GIF");
  std::vector<Tensor> rgb;
  rgb.reserve(frames.size());
  for (const Tensor& frame : frames) rgb.push_back(opaque(frame));
  const Palette palette = make_palette(rgb);
  PaletteIndex index(palette);
  GifWriter writer(static_cast<int>(rgb[0].size(1)), static_cast<int>(rgb[0].size(0)), palette);
  for (const Tensor& frame : rgb) writer.add(index.of(frame), static_cast<int>((frame_ms + 5) / 10));
  return writer.finish();
}

std::string encode_webp(const std::vector<Tensor>& frames, int64_t frame_ms) {
  check_frames(frames, WEBP_MAX_DIMENSION, "WebP");
  WebPConfig config;
  require_webp(WebPConfigInit(&config) != 0 && WebPConfigLosslessPreset(&config, /*level=*/4) != 0);
  WebPAnimEncoderOptions options;
  require_webp(WebPAnimEncoderOptionsInit(&options) != 0);
  const std::unique_ptr<WebPAnimEncoder, decltype(&WebPAnimEncoderDelete)> encoder(
      WebPAnimEncoderNew(static_cast<int>(frames[0].size(1)), static_cast<int>(frames[0].size(0)), &options),
      WebPAnimEncoderDelete);
  require_webp(encoder != nullptr);
  int64_t at = 0;
  for (const Tensor& frame : frames) {
    WebpFrame one(frame);
    require_webp(WebPAnimEncoderAdd(encoder.get(), &one.picture, static_cast<int>(at), &config) != 0);
    at += frame_ms;
  }
  require_webp(WebPAnimEncoderAdd(encoder.get(), nullptr, static_cast<int>(at), nullptr) != 0);
  WebPData data;
  WebPDataInit(&data);
  require_webp(WebPAnimEncoderAssemble(encoder.get(), &data) != 0);
  std::string bytes(reinterpret_cast<const char*>(data.bytes), data.size);
  WebPDataClear(&data);
  return bytes;
}

}  // namespace saddle
