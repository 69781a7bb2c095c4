// Implements ONNX in protobuf's wire format, whose fields are few enough to be written here.
#include "saddle/networks/onnx.h"

#include <cstring>

#include "saddle/base/error.h"
#include "saddle/base/version.h"

namespace saddle {
namespace {

constexpr int64_t kIrVersion = 8, kOperatorSet = 17;
constexpr uint64_t kMostModelBytes = (uint64_t{1} << 31) - 1;

/// One message of protobuf: fields by their numbers in onnx.proto.
class Message {
 public:
  Message& number(int field, int64_t value) {
    key(field, 0);
    return varint(static_cast<uint64_t>(value));
  }
  Message& real(int field, float value) {
    key(field, 5);
    char little_endian[sizeof value];
    std::memcpy(little_endian, &value, sizeof value);
    bytes_.append(little_endian, sizeof value);
    return *this;
  }
  Message& text(int field, std::string_view value) {
    key(field, 2);
    varint(value.size());
    bytes_.append(value);
    return *this;
  }
  Message& message(int field, const Message& inner) { return text(field, inner.bytes_); }

  const std::string& bytes() const { return bytes_; }

 private:
  void key(int field, int wire_type) { varint(static_cast<uint64_t>(field) << 3 | static_cast<uint64_t>(wire_type)); }
  Message& varint(uint64_t value) {
    for (; value >= 128; value >>= 7) bytes_ += static_cast<char>(value % 128 + 128);
    bytes_ += static_cast<char>(value);
    return *this;
  }

  std::string bytes_;
};

int64_t onnx_type(at::ScalarType type) {
  switch (type) {
    case at::kFloat:
      return 1;
    case at::kLong:
      return 7;
    case at::kBool:
      return 9;
    case at::kDouble:
      return 11;
    default:
      TORCH_INTERNAL_ASSERT(false, "a graph has no ", type);
  }
}

Message attribute_message(const GraphAttribute& attribute) {
  Message message;
  message.text(1, attribute.name);
  if (const auto* whole = std::get_if<int64_t>(&attribute.value)) return message.number(3, *whole).number(20, 2);
  if (const auto* real = std::get_if<double>(&attribute.value))
    return message.real(2, static_cast<float>(*real)).number(20, 1);
  if (const auto* word = std::get_if<std::string>(&attribute.value)) return message.text(4, *word).number(20, 3);
  for (const int64_t whole : std::get<std::vector<int64_t>>(attribute.value)) message.number(8, whole);
  return message.number(20, 7);
}

Message node_message(const GraphNode& node) {
  Message message;
  for (const GraphValue& input : node.inputs) message.text(1, input);
  message.text(2, node.output).text(3, node.output).text(4, node.op);
  for (const GraphAttribute& attribute : node.attributes) message.message(5, attribute_message(attribute));
  return message;
}

Message constant_message(const std::string& name, const Tensor& x) {
  Message message;
  for (const int64_t size : x.sizes()) message.number(1, size);
  message.number(2, onnx_type(x.scalar_type())).text(8, name);
  return message.text(9, {static_cast<const char*>(x.const_data_ptr()), x.nbytes()});
}

Message port_message(const GraphPort& port) {
  Message shape;
  shape.message(1, Message().text(2, "n"));
  for (const int64_t size : port.shape) shape.message(1, Message().number(1, size));
  const Message tensor = Message().number(1, onnx_type(port.type)).message(2, shape);
  return Message().text(1, port.name).message(2, Message().message(1, tensor));
}

}  // namespace

std::string encode_onnx(const OpGraph& graph, const std::map<std::string, std::string>& metadata) {
  uint64_t bytes = 0;
  for (const auto& [name, x] : graph.constants()) bytes += x.nbytes();
  const auto check_size = [](uint64_t size) {
    if (size > kMostModelBytes)
      throw Error("onnx: expected a network of less than 2 GB, which is all that the format holds, got " +
                  std::to_string(size) + " bytes (safetensors holds more)");
  };
  check_size(bytes);
  Message body;
  for (const GraphNode& node : graph.nodes()) body.message(1, node_message(node));
  body.text(2, "saddle");
  for (const auto& [name, x] : graph.constants()) body.message(5, constant_message(name, x));
  for (const GraphPort& port : graph.inputs()) body.message(11, port_message(port));
  for (const GraphPort& port : graph.outputs()) body.message(12, port_message(port));
  Message model;
  model.number(1, kIrVersion).text(2, "saddle").text(3, version()).message(7, body);
  model.message(8, Message().text(1, "").number(2, kOperatorSet));
  for (const auto& [key, value] : metadata) model.message(14, Message().text(1, key).text(2, value));
  check_size(model.bytes().size());
  return model.bytes();
}

}  // namespace saddle
