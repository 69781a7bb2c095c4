// Implements the reading of densities: a table of types, each with its parameters.
#include "saddle/distributions/density_json.h"

#include "saddle/base/error.h"
#include "saddle/base/json_depth.h"
#include "saddle/distributions/faces_density.h"
#include "saddle/distributions/mixture.h"
#include "saddle/distributions/normal.h"
#include "saddle/distributions/toys.h"
#include "saddle/distributions/univariate.h"

namespace saddle {
namespace {

using Json = nlohmann::json;
using Density = std::shared_ptr<const Distribution>;

constexpr int kDeepest = 8;              // mixtures of mixtures
constexpr size_t kMostBytes = 64 << 20;  // of a file: a covariance of 1,000 coordinates takes 20 MB
constexpr size_t kMostDimensions = 2000;

Density build(const Json& json, const std::string& where, int depth);

/// A value for a message: short, on one line.
std::string shown(const Json& value) {
  const std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() <= 60 ? text : text.substr(0, 57) + "...";
}

/// The parameters of one density, each read once and checked; then none may be left over.
class Parameters {
 public:
  Parameters(const Json& params, std::string where, int depth)
      : params_(params), where_(std::move(where)), depth_(depth) {}

  const std::string& where() const { return where_; }
  int depth() const { return depth_; }

  double number(const std::string& name, std::optional<double> standard = std::nullopt) {
    const Json* value = find(name, standard.has_value());
    return value == nullptr ? standard.value_or(0) : number_in(*value, name);
  }

  int64_t whole(const std::string& name, int64_t standard) {
    const Json* value = find(name, true);
    if (value == nullptr) return standard;
    if (!value->is_number_integer()) refuse(name, "a whole number", *value);
    return value->get<int64_t>();
  }

  std::vector<double> numbers(const std::string& name) { return numbers_in(*find(name, false), name); }

  std::vector<int64_t> whole_list(const std::string& name) {
    const Json* value = find(name, true);
    std::vector<int64_t> list;
    if (value == nullptr) return list;
    if (!value->is_array()) refuse(name, "a list of whole numbers", *value);
    for (const Json& entry : *value) {
      if (!entry.is_number_integer()) refuse(name, "a list of whole numbers", *value);
      list.push_back(entry.get<int64_t>());
    }
    return list;
  }

  /// A square matrix of as many rows as `size`.
  Tensor matrix(const std::string& name, size_t size) {
    const Json& value = *find(name, false);
    const std::string shape = std::to_string(size) + " rows of " + std::to_string(size) + " numbers";
    if (!value.is_array() || value.size() != size) refuse(name, shape, value);
    std::vector<double> all;
    for (const Json& row : value) {
      const std::vector<double> values = numbers_in(row, name);
      if (values.size() != size) refuse(name, shape, row);
      all.insert(all.end(), values.begin(), values.end());
    }
    const auto n = static_cast<int64_t>(size);
    return at::tensor(all, at::kDouble).reshape({n, n});
  }

  const Json& list(const std::string& name, bool optional = false) {
    static const Json nothing = Json::array();
    const Json* value = find(name, optional);
    if (value == nullptr) return nothing;
    if (!value->is_array()) refuse(name, "a list", *value);
    return *value;
  }

  /// One of some words; the first where there is none.
  std::string word(const std::string& name, const std::vector<std::string>& known) {
    const Json* value = find(name, true);
    if (value == nullptr) return known.front();
    if (!value->is_string()) refuse(name, "a word", *value);
    const auto text = value->get<std::string>();
    if (std::find(known.begin(), known.end(), text) == known.end())
      throw Error(where_ + ": " + unknown_name(name, text, known));
    return text;
  }

  /// Heights of a density on [0, 1], or as rows of one on [0, 1]^2: lines between them, or {"steps": heights}.
  ///
  /// A list of levels' probabilities is steps as it is. Empty where there is no parameter of that name.
  std::optional<Heights> heights(const std::string& name, size_t axes, bool levels = false) {
    const Json* given = find(name, true);
    if (given == nullptr) return std::nullopt;
    const Json& value = *given;
    const bool steps = value.is_object();
    if (steps && (value.size() != 1 || !value.contains("steps")))
      refuse(name, "heights or {\"steps\": heights}", value);
    const Json& list = steps ? value["steps"] : value;
    const Heights::Form form = steps || levels ? Heights::Form::steps : Heights::Form::linear;
    try {
      if (axes == 1) return Heights(numbers_in(list, name), form);
      if (!list.is_array()) refuse(name, "rows of heights", list);
      std::vector<std::vector<double>> rows;
      for (const Json& row : list) rows.push_back(numbers_in(row, name));
      return Heights(rows, form);
    } catch (const Error& error) {
      if (std::string_view(error.what()).starts_with(where_)) throw;
      throw Error(where_ + ": " + name + ": " + error.what());
    }
  }

  void expect_no_more() const {
    for (const auto& [name, value] : params_.items())
      if (std::find(read_.begin(), read_.end(), name) == read_.end())
        throw Error(where_ + ": " + unknown_name("parameter", name, read_));
  }

 private:
  const Json* find(const std::string& name, bool optional) {
    read_.push_back(name);
    const auto found = params_.find(name);
    if (found != params_.end()) return &*found;
    if (!optional) throw Error(where_ + ": expected the parameter '" + name + "', got none");
    return nullptr;
  }

  [[noreturn]] void refuse(const std::string& name, const std::string& expected, const Json& got) const {
    throw Error(where_ + ": expected '" + name + "' to be " + expected + ", got " + shown(got));
  }

  double number_in(const Json& value, const std::string& name) const {
    if (!value.is_number()) refuse(name, "a number", value);
    return value.get<double>();
  }

  std::vector<double> numbers_in(const Json& value, const std::string& name) const {
    if (!value.is_array() || value.empty() || value.size() > kMostDimensions)
      refuse(name, "a list of 1 to " + std::to_string(kMostDimensions) + " numbers", value);
    std::vector<double> list;
    for (const Json& entry : value) list.push_back(number_in(entry, name));
    return list;
  }

  const Json& params_;
  std::string where_;
  int depth_;
  std::vector<std::string> read_;
};

Density make_normal(Parameters& p) {
  const double mean = p.number("mean"), std = p.number("std");
  return std::make_shared<Normal>(mean, std);
}

Density make_mvnormal(Parameters& p) {
  const std::vector<double> mean = p.numbers("mean");
  const Tensor covariance = p.matrix("cov", mean.size());
  return std::make_shared<MultivariateNormal>(at::tensor(mean, at::kDouble), covariance);
}

Density make_laplace(Parameters& p) {
  const double loc = p.number("loc"), scale = p.number("scale");
  return std::make_shared<Laplace>(loc, scale);
}

Density make_student_t(Parameters& p) {
  const double df = p.number("df"), loc = p.number("loc", 0), scale = p.number("scale", 1);
  return std::make_shared<StudentT>(df, loc, scale);
}

Density make_uniform(Parameters& p) {
  const double low = p.number("low"), high = p.number("high");
  return std::make_shared<Uniform>(low, high);
}

Density make_mixture(Parameters& p) {
  const std::vector<double> weights = p.numbers("weights");
  std::vector<Density> components;
  for (const Json& component : p.list("components"))
    components.push_back(
        build(component, p.where() + " component " + std::to_string(components.size()), p.depth() + 1));
  return std::make_shared<Mixture>(weights, std::move(components));
}

Density make_ring(Parameters& p) {
  const Ring standard;
  return make_distribution(Ring{.modes = p.whole("modes", standard.modes),
                                .radius = p.number("radius", standard.radius),
                                .std = p.number("std", standard.std),
                                .dropped = p.whole_list("drop")});
}

Density make_grid(Parameters& p) {
  const Grid standard;
  return make_distribution(Grid{.side = p.whole("side", standard.side),
                                .spacing = p.number("spacing", standard.spacing),
                                .std = p.number("std", standard.std),
                                .dropped = p.whole_list("drop")});
}

Density make_spiral(Parameters& p) {
  const Spiral standard;
  return make_distribution(Spiral{.turns = p.number("turns", standard.turns),
                                  .radius = p.number("radius", standard.radius),
                                  .std = p.number("std", standard.std),
                                  .dropped = p.whole_list("drop")});
}

Density make_moons(Parameters& p) {
  return make_distribution(Moons{.std = p.number("std", Moons().std), .dropped = p.whole_list("drop")});
}

/// The row of a factor of the faces.
int64_t face_factor(const std::string& name, const std::string& where) {
  std::vector<std::string> names;
  for (const FaceFactor& factor : face_factor_table()) {
    if (name == factor.name) return static_cast<int64_t>(names.size());
    names.emplace_back(factor.name);
  }
  throw Error(where + ": " + unknown_name("factor", name, names));
}

/// Two factors that depend on each other: {"factors": [A, B], "heights": rows}.
FaceBlock face_pair(const Json& json, const std::string& where) {
  if (!json.is_object()) throw Error(where + ": expected a pair as {\"factors\": [A, B], \"heights\": rows}");
  Parameters pair(json, where, 0);
  std::vector<int64_t> factors;
  for (const Json& name : pair.list("factors"))
    factors.push_back(face_factor(name.is_string() ? name.get<std::string>() : shown(name), where));
  if (factors.size() != 2 || factors[0] == factors[1])
    throw Error(where + ": expected two different factors, got " + shown(json["factors"]));
  const auto heights = pair.heights("heights", 2);
  if (!heights) throw Error(where + ": expected the parameter 'heights', got none");
  pair.expect_no_more();
  return {factors, *heights};
}

Density make_faces(Parameters& p) {
  FacesOptions options;
  options.size = p.whole("size", options.size);
  options.grey = p.word("channels", {"rgb", "grey"}) == "grey";
  std::vector<FaceBlock> blocks;
  for (const FaceFactor& factor : face_factor_table())
    if (const auto heights = p.heights(factor.name, 1, factor.levels > 0))
      blocks.push_back({{face_factor(factor.name, p.where())}, *heights});
  size_t pairs = 0;
  for (const Json& pair : p.list("pairs", /*optional=*/true))
    blocks.push_back(face_pair(pair, p.where() + " pair " + std::to_string(pairs++)));
  return std::make_shared<FacesDensity>(options, std::move(blocks));
}

struct Type {
  const char* name;
  Density (*make)(Parameters&);
  bool pictures = false;  // then `size` and `channels` may stand beside `params`
};

constexpr const char* kOfPictures[] = {"size", "channels"};

constexpr Type kTypes[] = {
    {"normal", make_normal},   {"mvnormal", make_mvnormal}, {"laplace", make_laplace},   {"student_t", make_student_t},
    {"uniform", make_uniform}, {"mixture", make_mixture},   {"ring", make_ring},         {"grid", make_grid},
    {"spiral", make_spiral},   {"moons", make_moons},       {"faces", make_faces, true},
};

/// The parameters and what stands beside them.
Json with_pictures_keys(const Json& json, Json params, bool pictures, const std::string& where) {
  std::vector<std::string> known = {"type", "params"};
  if (pictures) known.insert(known.end(), std::begin(kOfPictures), std::end(kOfPictures));
  for (const auto& [key, value] : json.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end())
      throw Error(where + ": " + unknown_name("key", key, known) + " (a density's numbers go in params)");
    if (key == "type" || key == "params") continue;
    if (params.contains(key)) throw Error(where + ": expected '" + key + "' beside params alone, got it in both");
    params[key] = value;
  }
  return params;
}

Density build(const Json& json, const std::string& where, int depth) {
  static const Json none = Json::object();
  if (depth > kDeepest) throw Error(where + ": expected mixtures at most " + std::to_string(kDeepest) + " deep");
  if (!json.is_object() || !json.contains("type") || !json["type"].is_string())
    throw Error(where + R"(: expected a density as {"type": NAME, "params": {...}}, got )" + shown(json));
  const Json& given = json.contains("params") ? json["params"] : none;
  if (!given.is_object()) throw Error(where + ": expected params to be an object, got " + shown(given));
  const auto name = json["type"].get<std::string>();
  for (const Type& type : kTypes) {
    if (name != type.name) continue;
    const Json params = with_pictures_keys(json, given, type.pictures, where);
    Parameters parameters(params, where + (depth == 0 ? ": " : " ") + name, depth);
    Density density;
    try {
      density = type.make(parameters);
    } catch (const Error& error) {  // the constructors do not know where the numbers came from
      if (std::string_view(error.what()).substr(0, where.size()) == where) throw;
      throw Error(where + ": " + error.what());
    }
    parameters.expect_no_more();
    return density;
  }
  throw Error(where + ": " + unknown_name("density", name, density_types()));
}

}  // namespace

Density parse_density(const std::string& json, const std::string& where) {
  if (!is_shallow_json(json)) throw Error(where + ": expected a density, got JSON that is nested too deep");
  Json parsed;
  try {
    parsed = Json::parse(json);
  } catch (const Json::parse_error& error) {
    throw Error(where + ": expected JSON, got something else at byte " + std::to_string(error.byte) +
                (error.byte == 1 ? " (a density is a JSON object; a table is read by saddle measure alone)" : ""));
  } catch (const Json::out_of_range&) {
    throw Error(where + ": expected JSON, got a number that is too large");
  }
  return build(parsed, where, 0);
}

Density read_density(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) throw Error(path + ": cannot be read: " + error.message());
  if (size > kMostBytes)
    throw Error(path + ": expected at most " + std::to_string(kMostBytes) + " bytes, got " + std::to_string(size));
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) throw Error(path + ": cannot be read");
  return parse_density(text, path);
}

std::vector<std::string> density_types() {
  std::vector<std::string> names;
  for (const Type& type : kTypes) names.emplace_back(type.name);
  return names;
}

}  // namespace saddle
