// Implements the reading of text; iconv decodes.
#include "saddle/io/text_source.h"

#include <iconv.h>

#include <cerrno>
#include <cstring>

#include "saddle/base/error.h"
#include "saddle/io/file_kind.h"

namespace saddle {
namespace {

constexpr size_t kBlock = 1 << 20;

/// Bytes of the UTF-8 character that begins here; 0: there is none.
size_t character_bytes(std::string_view text) {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = at(0);
  const size_t size = lead < 0x80                   ? 1
                      : lead >= 0xc2 && lead < 0xe0 ? 2
                      : lead >= 0xe0 && lead < 0xf0 ? 3
                      : lead >= 0xf0 && lead < 0xf5 ? 4
                                                    : 0;
  if (size == 0 || size > text.size()) return 0;
  for (size_t i = 1; i < size; ++i)
    if ((at(i) & 0xc0) != 0x80) return 0;
  const bool too_long = (lead == 0xe0 && at(1) < 0xa0) || (lead == 0xf0 && at(1) < 0x90);
  const bool beyond = (lead == 0xed && at(1) >= 0xa0) || (lead == 0xf4 && at(1) >= 0x90);
  return too_long || beyond ? 0 : size;
}

}  // namespace

/// The state of iconv, and the bytes of a character that the next block completes.
struct TextSource::Decoder {
  explicit Decoder(const std::string& from) : state(iconv_open("UTF-8", from.c_str())) {}
  ~Decoder() {
    if (good()) iconv_close(state);
  }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  bool good() const { return reinterpret_cast<intptr_t>(state) != -1; }

  iconv_t state;
  std::string rest;
};

TextSource::TextSource(const std::string& path) : path_(path), bytes_(path) {
  first_.resize(kBlock);
  first_.resize(bytes_.read(first_.data(), first_.size()));
  const std::string_view head = std::string_view(first_).substr(0, kKindBytes);
  if (const std::string kind = other_kind(head, path); !kind.empty())
    throw Error(path + ": expected a table of text (CSV), got " + kind);
  if (!is_text(head)) throw Error(path + ": expected a table of text (CSV), got bytes that no text has");
  if (const std::string name = utf16_name(head); !name.empty()) {
    decoder_ = std::make_unique<Decoder>(name);
    if (!decoder_->good()) throw Error(path + ": expected text in UTF-8, got UTF-16 (save it as CSV in UTF-8)");
    decode(first_);
  }
  if (first_.starts_with("\xef\xbb\xbf")) first_.erase(0, 3);
}

TextSource::~TextSource() = default;

bool TextSource::next(std::string& block) {
  if (!first_.empty()) {
    block = std::move(first_);
    first_.clear();
    return true;
  }
  block.resize(kBlock);
  block.resize(bytes_.read(block.data(), block.size()));
  const bool more = !block.empty();
  if (decoder_ != nullptr) decode(block);
  return more;
}

void TextSource::decode(std::string& block) {
  const bool last = block.empty();
  std::string packed = std::move(decoder_->rest) + block;
  block.resize(packed.size() * 3 / 2 + 4);  // two bytes of UTF-16 become three at most
  char *in = packed.data(), *out = block.data();
  size_t in_left = packed.size(), out_left = block.size();
  const size_t result = iconv(decoder_->state, &in, &in_left, &out, &out_left);
  const bool cut = result == static_cast<size_t>(-1) && errno == EINVAL;  // the next block has the rest
  if ((result == static_cast<size_t>(-1) && !cut) || (last && in_left > 0))
    throw Error(path_ + ": expected whole UTF-16, got damaged text (save it as CSV in UTF-8)");
  decoder_->rest.assign(in, in_left);
  block.resize(block.size() - out_left);
}

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    uint64_t word = 0;
    if (bytes.size() >= sizeof word) {
      std::memcpy(&word, bytes.data(), sizeof word);
      if ((word & 0x8080808080808080U) == 0) {  // eight of ASCII at a time
        bytes.remove_prefix(sizeof word);
        continue;
      }
    }
    const size_t size = character_bytes(bytes);
    if (size == 0) return false;
    bytes.remove_prefix(size);
  }
  return true;
}

std::string to_utf8(std::string_view bytes) {
  constexpr const char* kHigh[32] = {// 0x80 to 0x9f; the five that Windows-1252 lacks are as Latin-1 has them
                                     "\u20ac", "\xc2\x81", "\u201a",   "\u0192", "\u201e", "\u2026", "\u2020",
                                     "\u2021", "\u02c6",   "\u2030",   "\u0160", "\u2039", "\u0152", "\xc2\x8d",
                                     "\u017d", "\xc2\x8f", "\xc2\x90", "\u2018", "\u2019", "\u201c", "\u201d",
                                     "\u2022", "\u2013",   "\u2014",   "\u02dc", "\u2122", "\u0161", "\u203a",
                                     "\u0153", "\xc2\x9d", "\u017e",   "\u0178"};
  std::string text;
  for (const char byte : bytes) {
    const auto c = static_cast<unsigned char>(byte);
    if (c < 0x80) {
      text += byte;
    } else if (c < 0xa0) {
      text += kHigh[c - 0x80];
    } else {
      text += static_cast<char>(0xc0 | (c >> 6));
      text += static_cast<char>(0x80 | (c & 0x3f));
    }
  }
  return text;
}

}  // namespace saddle
