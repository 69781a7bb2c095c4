// Implements safetensors: 8 bytes of header length, a JSON header, and the tensors' bytes.
#include "saddle/io/safetensors.h"

#include <cstring>
#include <set>

#include "saddle/base/error.h"
#include "saddle/io/bytes.h"

namespace saddle {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kMostHeaderBytes = 100'000'000;
constexpr const char* kMetadata = "__metadata__";

struct TensorType {
  const char* name;
  at::ScalarType type;
};

constexpr TensorType kTensorTypes[] = {
    {"F64", at::kDouble}, {"F32", at::kFloat}, {"F16", at::kHalf}, {"BF16", at::kBFloat16}, {"I64", at::kLong},
    {"I32", at::kInt},    {"I16", at::kShort}, {"I8", at::kChar},  {"U8", at::kByte},       {"BOOL", at::kBool}};

const char* tensor_type_name(const std::string& name, const Tensor& x) {
  for (const TensorType& type : kTensorTypes)
    if (x.defined() && type.type == x.scalar_type()) return type.name;
  throw Error("safetensors: expected a type of the format for tensor '" + name + "', got " +
              (x.defined() ? c10::toString(x.scalar_type()) : "no tensor"));
}

/// One tensor of a file: its name, type, shape and bytes [begin, end).
struct Entry {
  std::string name;
  at::ScalarType type;
  std::vector<int64_t> shape;
  uint64_t begin = 0, end = 0;
};

/// Reads a file's header; every message begins with where it was found.
class JsonParser {
 public:
  JsonParser(std::string_view bytes, const std::string& where) : bytes_(bytes), where_(where) {}

  /// Returns the entries in the order of their bytes, and fills in the metadata where they are wanted.
  std::vector<Entry> parse(std::map<std::string, std::string>* metadata) {
    const Json header = parse_json();
    std::vector<Entry> entries;
    for (const auto& [name, value] : header.items()) {
      if (name != kMetadata) {
        entries.push_back(parse_entry(name, value));
        continue;
      }
      if (!value.is_object()) fail("expected an object as __metadata__");
      for (const auto& [key, text] : value.items()) {
        if (!text.is_string()) fail("expected texts in __metadata__, got another value for '" + key + "'");
        if (metadata != nullptr) (*metadata)[key] = text.get<std::string>();
      }
    }
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
      return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
    });
    check_offsets(entries);
    return entries;
  }

  std::string_view body() const { return bytes_.substr(8 + header_bytes_); }

 private:
  [[noreturn]] void fail(const std::string& text) const { throw Error(where_ + ": " + text); }

  Json parse_json() {
    if (bytes_.size() < 8) fail("expected a safetensors file, got " + std::to_string(bytes_.size()) + " bytes");
    header_bytes_ = little_endian(bytes_, 0, 8);
    if (header_bytes_ > kMostHeaderBytes || header_bytes_ > bytes_.size() - 8)
      fail("expected a header within the file and 100 MB, got one of " + std::to_string(header_bytes_) +
           " bytes (the file is cut, or is no safetensors file)");
    const std::string_view text = bytes_.substr(8, header_bytes_);
    if (text.empty() || text[0] != '{') fail("byte 8: expected '{', the start of the header");
    // The JSON library keeps the last of two equal keys, and the format refuses them.
    std::vector<std::set<std::string>> keys(4);
    const auto check = [&](int depth, Json::parse_event_t event, Json& value) {
      if (depth > 3) fail("expected a header of at most three levels");
      if (event == Json::parse_event_t::object_start) keys[depth].clear();
      if (event == Json::parse_event_t::key && !keys[depth - 1].insert(value.get<std::string>()).second)
        fail("expected every name once in the header, got '" + value.get<std::string>() + "' twice");
      return true;
    };
    try {
      return Json::parse(text, check);
    } catch (const Json::parse_error& error) {
      fail("expected a header in JSON, got something else at its byte " + std::to_string(error.byte));
    } catch (const Json::exception&) {
      fail("expected a header in JSON, got a number that is too large");
    }
  }

  Entry parse_entry(const std::string& name, const Json& value) const {
    const std::string tensor = "tensor '" + name + "': ";
    if (!value.is_object() || value.size() != 3 || !value.contains("dtype") || !value.contains("shape") ||
        !value.contains("data_offsets"))
      fail(tensor + "expected an object with dtype, shape and data_offsets");
    Entry entry{name, parse_type(tensor, value["dtype"]), {}};
    if (!value["shape"].is_array() || value["shape"].size() > 64)
      fail(tensor + "expected a shape of at most 64 dimensions");
    int64_t elements = 1, bound = std::numeric_limits<int64_t>::max() / 8;
    for (const Json& size : value["shape"]) {
      if (!size.is_number_unsigned() || size.get<uint64_t>() > static_cast<uint64_t>(bound))
        fail(tensor + "expected sizes that fit the memory, got " + size.dump());
      entry.shape.push_back(size.get<int64_t>());
      elements *= entry.shape.back();
      bound /= std::max<int64_t>(entry.shape.back(), 1);
    }
    const Json& offsets = value["data_offsets"];
    if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
        !offsets[1].is_number_unsigned())
      fail(tensor + "expected two data_offsets");
    entry.begin = offsets[0].get<uint64_t>();
    entry.end = offsets[1].get<uint64_t>();
    const uint64_t expected = elements * c10::elementSize(entry.type);
    if (entry.begin > entry.end || entry.end - entry.begin != expected)
      fail(tensor + "expected offsets " + std::to_string(expected) + " bytes apart, as its shape says, got " +
           offsets.dump());
    return entry;
  }

  at::ScalarType parse_type(const std::string& tensor, const Json& value) const {
    std::string known;
    for (const TensorType& type : kTensorTypes) {
      if (value == type.name) return type.type;
      known += std::string(known.empty() ? "" : ", ") + type.name;
    }
    fail(tensor + "expected one of the types " + known + ", got " + shown(value));
  }

  static std::string shown(const Json& value) {
    return value.dump(-1, ' ', true, Json::error_handler_t::replace).substr(0, 60);
  }

  void check_offsets(const std::vector<Entry>& entries) const {
    uint64_t position = 0;
    for (const Entry& entry : entries) {
      if (entry.begin != position)
        fail("tensor '" + entry.name + "': expected its bytes at " + std::to_string(position) + ", got offset " +
             std::to_string(entry.begin) + " (tensors may not overlap or leave holes)");
      position = entry.end;
    }
    if (position != body().size())
      fail("expected " + std::to_string(position) + " bytes of tensors, got " + std::to_string(body().size()));
  }

  std::string_view bytes_;
  const std::string& where_;
  uint64_t header_bytes_ = 0;
};

}  // namespace

std::string encode_safetensors(const TensorMap& tensors, const std::map<std::string, std::string>& metadata) {
  // Large elements first, as the format's own writer does, so that every tensor is aligned to its element.
  std::vector<std::pair<std::string, Tensor>> ordered;
  Json header = Json::object();
  if (!metadata.empty()) header[kMetadata] = metadata;
  for (const auto& [name, x] : tensors) {
    if (name == kMetadata) throw Error("safetensors: expected another name than __metadata__ for a tensor");
    header[name] = {{"dtype", tensor_type_name(name, x)}, {"shape", x.sizes().vec()}};
    ordered.emplace_back(name, x.detach().cpu().contiguous());
  }
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const auto& a, const auto& b) { return a.second.element_size() > b.second.element_size(); });
  uint64_t position = 0;
  for (const auto& [name, x] : ordered) {
    header[name]["data_offsets"] = {position, position + x.nbytes()};
    position += x.nbytes();
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const Json::exception&) {
    throw Error("safetensors: expected names and metadata in UTF-8, got other bytes");
  }
  text.resize((text.size() + 7) / 8 * 8, ' ');
  std::string bytes;
  bytes.reserve(8 + text.size() + position);
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(text.size() >> 8 * i);
  bytes += text;
  for (const auto& [name, x] : ordered) bytes.append(static_cast<const char*>(x.const_data_ptr()), x.nbytes());
  return bytes;
}

TensorMap decode_safetensors(const std::string& bytes, const std::string& where,
                             std::map<std::string, std::string>* metadata) {
  JsonParser parser(bytes, where);
  TensorMap tensors;
  for (const Entry& entry : parser.parse(metadata)) {
    const std::string_view body = parser.body().substr(entry.begin, entry.end - entry.begin);
    if (entry.type == at::kBool && std::any_of(body.begin(), body.end(), [](char c) { return (c & ~1) != 0; }))
      throw Error(where + ": tensor '" + entry.name + "': expected truth values of 0 or 1");
    Tensor x = at::empty(entry.shape, entry.type);
    if (!body.empty()) std::memcpy(x.mutable_data_ptr(), body.data(), body.size());
    tensors[entry.name] = x;
  }
  return tensors;
}

}  // namespace saddle
