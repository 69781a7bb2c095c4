// Implements the family `table`.
#include "saddle/networks/table.h"

#include <torch/csrc/autograd/custom_function.h>

#include "saddle/base/error.h"
#include "saddle/networks/labels.h"
#include "saddle/networks/linear.h"
#include "saddle/networks/scope.h"

namespace saddle {
namespace {

using TableContext = torch::autograd::AutogradContext;

constexpr double kTemperature = 0.5;
constexpr double kTableSlope = 0.2;       // of the leaky ReLU
constexpr double kFirstNoise = -3;        // the logarithm of its scale, in half normal scores
constexpr double kProbabilityEnd = 1e-6;  // of probability, beside 0 and 1

/// softmax of `count` numbers over the temperature, in place.
void soften(float* values, int64_t count, float temperature) {
  const float largest = *std::max_element(values, values + count);
  float sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += values[i] = std::exp((values[i] - largest) / temperature);
  for (int64_t i = 0; i < count; ++i) values[i] /= sum;
}

struct ChooseLevels : torch::autograd::Function<ChooseLevels> {
  static Tensor forward(TableContext* context, const Tensor& logits, const Tensor& noise,
                        const std::vector<ColumnSpan>& spans, double temperature) {
    const Tensor raw = logits.contiguous(), soft = raw + noise, hard = at::zeros_like(raw);
    const int64_t n = raw.size(0), width = raw.size(1);
    for (int64_t i = 0; i < n; ++i) {
      const float* in = raw.const_data_ptr<float>() + i * width;
      float *values = soft.data_ptr<float>() + i * width, *out = hard.data_ptr<float>() + i * width;
      for (const ColumnSpan& span : spans) {
        float* of_column = values + span.begin;
        const int64_t level = std::max_element(of_column, of_column + span.levels) - of_column;
        out[span.begin + level] = 1;
        if (span.number && level == span.levels - 1) out[span.begin + span.levels] = in[span.begin + span.levels];
        soften(of_column, span.levels, static_cast<float>(temperature));
      }
    }
    context->save_for_backward({raw, soft, hard});
    std::vector<int64_t> places;
    for (const ColumnSpan& span : spans) places.insert(places.end(), {span.begin, span.levels, span.number ? 1 : 0});
    context->saved_data["spans"] = places;
    context->saved_data["temperature"] = temperature;
    return hard;
  }

  static torch::autograd::tensor_list backward(TableContext* context, const torch::autograd::tensor_list& gradients) {
    const auto saved = context->get_saved_variables();
    const auto places = context->saved_data["spans"].toIntVector();
    const auto scale = static_cast<float>(1 / context->saved_data["temperature"].toDouble());
    const Tensor gradient = gradients[0].contiguous(), result = at::zeros_like(gradient);
    const int64_t n = gradient.size(0), width = gradient.size(1);
    for (int64_t i = 0; i < n; ++i) {
      const auto row = [&](const Tensor& x) { return x.const_data_ptr<float>() + i * width; };
      const float *g = row(gradient), *soft = row(saved[1]), *hard = row(saved[2]), *raw = row(saved[0]);
      float* out = result.data_ptr<float>() + i * width;
      for (size_t s = 0; s < places.size(); s += 3) {
        const int64_t begin = places[s], levels = places[s + 1], end = begin + levels;
        // the number is the last level's share of it: chosen or not, straight through
        const float by_number = places[s + 2] != 0 ? g[end] * raw[end] : 0;
        float mean = by_number * soft[end - 1];
        for (int64_t k = begin; k < end; ++k) mean += g[k] * soft[k];
        for (int64_t k = begin; k < end; ++k) out[k] = scale * soft[k] * (g[k] + (k == end - 1 ? by_number : 0) - mean);
        if (places[s + 2] != 0) out[end] = g[end] * hard[end - 1];
      }
    }
    return {result, Tensor(), Tensor(), Tensor()};
  }
};

/// x W^T + b and perhaps a leaky ReLU; `gain` 0 begins at zero.
struct TableLinear {
  Weight weight;
  Tensor bias;

  TableLinear(const Scope& scope, int64_t in, int64_t out, double gain)
      : weight(scope.weight(scope.uniform("weight", {out, in}, gain * std::sqrt(3 / static_cast<double>(in))))),
        bias(scope.constant("bias", {out}, 0)) {}

  Tensor operator()(const Tensor& x, double slope) const { return linear_relu(x, {weight, bias}, slope); }
  GraphValue emit(OpGraph& graph, const GraphValue& x, double slope) const {
    return emit_linear_relu(graph, x, {weight, bias}, slope);
  }
};

/// x + W2 relu(W1 x), which begins as x.
struct TableBlock {
  TableLinear first, second;

  TableBlock(const Scope& scope, int64_t width)
      : first(scope.in("first"), width, width, std::sqrt(2)), second(scope.in("second"), width, width, 0) {}

  Tensor operator()(const Tensor& x) const { return x + second(first(x, kTableSlope), 1); }
  GraphValue emit(OpGraph& graph, const GraphValue& x) const {
    return graph.node("Add", {x, second.emit(graph, first.emit(graph, x, kTableSlope), 1)});
  }
};

/// The layers that G and D share: a linear one, residual blocks, and a linear one.
struct TableBody {
  TableLinear first;
  std::vector<TableBlock> blocks;
  TableLinear last;

  TableBody(const Scope& scope, int64_t in, int64_t width, int64_t layers, int64_t out)
      : first(scope.in("first"), in, width, std::sqrt(2)), last(scope.in("last"), width, out, 1) {
    for (int64_t i = 0; i < layers; ++i) blocks.emplace_back(scope.in("block" + std::to_string(i)), width);
  }

  Tensor operator()(const Tensor& x) const {
    Tensor hidden = first(x, kTableSlope);
    for (const TableBlock& block : blocks) hidden = block(hidden);
    return last(hidden, 1);
  }

  GraphValue emit(OpGraph& graph, const GraphValue& x) const {
    GraphValue hidden = first.emit(graph, x, kTableSlope);
    for (const TableBlock& block : blocks) hidden = block.emit(graph, hidden);
    return last.emit(graph, hidden, 1);
  }
};

/// -log(-log p) with p = Phi(noise), as operators of a graph. ONNX has no Phi, and erf in float32 leaves p an error of
/// 6e-8, which is much only where p is near its end.
GraphValue emit_gumbel(OpGraph& graph, const GraphValue& noise) {
  const GraphValue erf = graph.node("Erf", {graph.node("Mul", {noise, graph.constant(std::sqrt(0.5))})});
  const GraphValue phi = graph.node("Mul", {graph.node("Add", {erf, graph.constant(1.0)}), graph.constant(0.5)});
  GraphValue x = graph.node("Clip", {phi, graph.constant(kProbabilityEnd), graph.constant(1 - kProbabilityEnd)});
  for (int i = 0; i < 2; ++i) x = graph.node("Neg", {graph.node("Log", {x})});
  return x;
}

/// `choose_levels` as operators of a graph; spans lie one after another.
GraphValue emit_choice(OpGraph& graph, const GraphValue& logits, const GraphValue& noise,
                       const std::vector<ColumnSpan>& spans) {
  const GraphValue perturbed = graph.node("Add", {logits, noise});
  const GraphValue off_on = graph.constant(at::tensor({0.0F, 1.0F}), "off_on");
  std::vector<GraphValue> columns;
  columns.reserve(2 * spans.size());
  for (const ColumnSpan& span : spans) {
    const int64_t end = span.begin + span.levels;
    const GraphValue level = graph.node("ArgMax", {graph.slice(perturbed, 1, span.begin, end)},
                                        {{"axis", int64_t{1}}, {"keepdims", int64_t{0}}});
    columns.push_back(graph.node("OneHot", {level, graph.constant(std::vector<int64_t>{span.levels}), off_on},
                                 {{"axis", int64_t{1}}}));
    if (!span.number) continue;
    const GraphValue chosen = graph.slice(columns.back(), 1, span.levels - 1, span.levels);
    columns.push_back(graph.node("Mul", {graph.slice(logits, 1, end, end + 1), chosen}));
  }
  return graph.node("Concat", columns, {{"axis", int64_t{1}}});
}

void check_spans(const NetworkOptions& options) {
  int64_t width = 0;
  for (const ColumnSpan& span : options.spans) {
    if (span.levels > 0 && span.begin != width)
      throw Error("table: expected columns one after another, got one at " + std::to_string(span.begin) + " behind " +
                  std::to_string(width) + " numbers");
    width += span.width();
  }
  if (options.shape.size() != 1 || options.shape[0] != width || width == 0)
    throw Error(c10::str("table: expected encoded rows of shape [", width, "], got ", at::IntArrayRef(options.shape),
                         " (conv makes images, mlp points)"));
}

class TableGenerator final : public Network {
 public:
  TableGenerator(const NetworkOptions& options, uint64_t seed)
      : width_(options.shape[0]), latents_(options.latent_dim - width_), spans_(spans_there(options.spans)),
        labels_(Scope(*this, seed, "generator").in("labels"), options.classes, latents_),
        body_(Scope(*this, seed, "generator"), labels_.size(), options.generator_width, options.layers, width_),
        noise_(Scope(*this, seed, "generator").constant("noise", {width_}, kFirstNoise)),
        number_(Scope(*this, seed, "generator").buffer("number", numbers_of(spans_, width_))) {
    if (options.classes == 0) return;
    const Tensor none = at::zeros({options.classes, width_}, at::kFloat);
    label_rows_ =
        Scope(*this, seed, "generator").buffer("label_rows", options.label_rows.defined() ? options.label_rows : none);
  }

  Tensor forward(const Tensor& z, const Tensor& labels) override {
    const Tensor noise = z.slice(1, latents_), hidden = labels_.join(z.slice(1, 0, latents_), labels);
    const Tensor logits = at::addcmul(body_(hidden), noise * number_, noise_.exp());
    const Tensor probability = at::special_ndtr(noise).clamp(kProbabilityEnd, 1 - kProbabilityEnd);
    Tensor rows = choose_levels(logits, probability.log().neg().log().neg(), spans_, kTemperature);  // Gumbel
    if (!label_rows_.defined()) return rows;
    return at::where(told(), label_rows_.index_select(0, labels), rows);
  }

  GraphValue emit(OpGraph& graph, const GraphValue& z, const GraphValue& labels) const override {
    const GraphValue noise = graph.slice(z, 1, latents_, latents_ + width_);
    const GraphValue hidden = labels_.emit_join(graph, graph.slice(z, 1, 0, latents_), labels);
    const GraphValue scale = graph.node("Mul", {graph.constant(number_), graph.node("Exp", {graph.constant(noise_)})});
    const GraphValue added = graph.node("Mul", {noise, scale});
    const GraphValue logits = graph.node("Add", {body_.emit(graph, hidden), added});
    GraphValue rows = emit_choice(graph, logits, emit_gumbel(graph, noise), spans_);
    if (!label_rows_.defined()) return rows;
    const GraphValue of_labels = graph.node("Gather", {graph.constant(label_rows_), labels});
    return graph.node("Where", {graph.constant(told(), "told"), of_labels, rows});
  }

 private:
  static std::vector<ColumnSpan> spans_there(const std::vector<ColumnSpan>& spans) {
    std::vector<ColumnSpan> there;
    for (const ColumnSpan& span : spans)
      if (span.levels > 0) there.push_back(span);
    return there;
  }

  /// 1 at the numbers of columns, 0 at levels. Shapes: result [width].
  static Tensor numbers_of(const std::vector<ColumnSpan>& spans, int64_t width) {
    Tensor numbers = at::zeros({width}, at::kFloat);
    for (const ColumnSpan& span : spans)
      if (span.number) numbers[span.begin + span.levels].fill_(1);
    return numbers;
  }

  /// Where labels say what stands in a row. Shapes: result [1, width] bool.
  Tensor told() const {
    Tensor told = at::zeros({1, width_}, at::kBool);
    for (const ColumnSpan& span : spans_) {
      const Tensor of_column = label_rows_.narrow(1, span.begin, span.levels);
      if (of_column.any().item<bool>()) told.narrow(1, span.begin, span.width()).fill_(true);
    }
    return told.to(label_rows_.device());
  }

  const int64_t width_, latents_;
  const std::vector<ColumnSpan> spans_;
  const LabelEmbedding labels_;
  const TableBody body_;
  const Tensor noise_, number_;  // [width]
  Tensor label_rows_;            // [classes, width]; undefined: there are none
};

class TableDiscriminator final : public Network {
 public:
  TableDiscriminator(const NetworkOptions& options, uint64_t seed)
      : width_(options.shape[0]),
        body_(Scope(*this, seed, "discriminator"), width_, options.discriminator_width, options.layers, 1) {}

  Tensor forward(const Tensor& input, const Tensor&) override {
    if (input.dim() != 2 || input.size(1) != width_)
      throw Error(c10::str("table: expected encoded rows [n, ", width_, "], got ", input.sizes()));
    return body_(input).squeeze(1);
  }

  GraphValue emit(OpGraph& graph, const GraphValue& input, const GraphValue&) const override {
    return graph.node("Squeeze", {body_.emit(graph, input), graph.constant(std::vector<int64_t>{1})});
  }

 private:
  const int64_t width_;
  const TableBody body_;
};

}  // namespace

Tensor choose_levels(const Tensor& logits, const Tensor& noise, const std::vector<ColumnSpan>& spans,
                     double temperature) {
  return ChooseLevels::apply(logits, noise, spans, temperature);
}

std::unique_ptr<Network> make_table_generator(const NetworkOptions& options, uint64_t seed) {
  check_spans(options);
  if (options.latent_dim <= options.shape[0])
    throw Error("table: expected a latent dimension above " + std::to_string(options.shape[0]) +
                ", the numbers of an encoded row, which take one each, got " + std::to_string(options.latent_dim));
  return std::make_unique<TableGenerator>(options, seed);
}

std::unique_ptr<Network> make_table_discriminator(const NetworkOptions& options, uint64_t seed) {
  check_spans(options);
  return std::make_unique<TableDiscriminator>(options, seed);
}

}  // namespace saddle
