// Tests of the flushed gzip stream.
#include "saddle/view/gzip_stream.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace saddle {
namespace {

TEST(GzipStream, EveryPieceCanBeReadAtOnce) {
  z_stream reader = {};
  ASSERT_EQ(inflateInit2(&reader, 15 + 16), Z_OK);
  GzipStream stream;
  for (const std::string& text :
       {std::string("event: runs\n\n"), std::string(300000, 'x'), std::string("."), std::string()}) {
    std::string packed = stream.add(text), unpacked(text.size() + 1, '\0');
    reader.next_in = reinterpret_cast<Bytef*>(packed.data());
    reader.avail_in = static_cast<uInt>(packed.size());
    reader.next_out = reinterpret_cast<Bytef*>(unpacked.data());
    reader.avail_out = static_cast<uInt>(unpacked.size());
    inflate(&reader, Z_SYNC_FLUSH);
    unpacked.resize(unpacked.size() - reader.avail_out);
    EXPECT_EQ(unpacked, text);
  }
  inflateEnd(&reader);
}

}  // namespace
}  // namespace saddle
