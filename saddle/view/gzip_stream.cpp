// Implements the flushed gzip stream with zlib.
#include "saddle/view/gzip_stream.h"

#include <zlib.h>

#include "saddle/base/error.h"

namespace saddle {

struct GzipStream::State {
  z_stream stream = {};
};

GzipStream::GzipStream() : state_(std::make_unique<State>()) {
  constexpr int kGzip = 13 + 16,
                kMemory = 6;  // 16 is zlib's way to ask for gzip's header; a page packs as well in 8 KB
  if (deflateInit2(&state_->stream, Z_BEST_SPEED, Z_DEFLATED, kGzip, kMemory, Z_DEFAULT_STRATEGY) != Z_OK)
    throw Error("view: expected memory to compress, got none");
}

GzipStream::~GzipStream() { deflateEnd(&state_->stream); }

std::string GzipStream::add(std::string_view text) {
  z_stream& stream = state_->stream;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  std::string packed;
  char piece[16384];
  do {
    stream.next_out = reinterpret_cast<Bytef*>(piece);
    stream.avail_out = sizeof piece;
    deflate(&stream, Z_SYNC_FLUSH);
    packed.append(piece, sizeof piece - stream.avail_out);
  } while (stream.avail_out == 0);
  return packed;
}

}  // namespace saddle
