// The table of features.
#include "saddle/features/feature_network.h"

#include "saddle/base/error.h"
#include "saddle/features/imagenet.h"
#include "saddle/features/learnt_features.h"
#include "saddle/features/random_network.h"
#include "saddle/features/torchscript.h"

namespace saddle {
namespace {

/// One kind of features.
struct FeatureKind {
  const char* name;
  std::shared_ptr<const FeatureNetwork> (*open)(const FeatureOptions& options);
};

/// What tells generators apart best of what needs no file.
std::shared_ptr<const FeatureNetwork> open_builtin(const FeatureOptions& options) {
  return options.train != nullptr && options.label_counts.size() >= 2 ? open_classifier(options)
                                                                      : open_random_network(options);
}

constexpr FeatureKind kKinds[] = {
    {"builtin", open_builtin},
    {"imagenet", open_imagenet},
    {"random", open_random_network},
};

}  // namespace

Tensor FeatureNetwork::features(const std::function<Tensor()>& next, int64_t count) const {
  Tensor rows = at::empty({count, facts_.dimension});
  int64_t done = 0;
  for (Tensor x = next(); x.defined(); x = next()) {
    const int64_t n = x.size(0);
    if (done + n > rows.size(0))  // more than were announced
      rows = at::cat({rows.slice(0, 0, done), at::empty({std::max(done, n), facts_.dimension})});
    rows.slice(0, done, done + n).copy_(features(x));
    done += n;
  }
  return rows.slice(0, 0, done);
}

Tensor FeatureNetwork::classes(const Tensor&) const {
  throw Error("features " + facts_.name + ": expected a classifier, got features without classes");
}

std::shared_ptr<const FeatureNetwork> open_features(const std::string& name, const FeatureOptions& options) {
  for (const auto& kind : kKinds)
    if (name == kind.name) return kind.open(options);
  if (name.find_first_of("/.") != std::string::npos) return open_torchscript(name, options);
  throw Error("features: " + unknown_name("features", name, feature_names()));
}

std::vector<std::string> feature_names() {
  std::vector<std::string> names;
  for (const auto& kind : kKinds) names.push_back(kind.name);
  return names;
}

}  // namespace saddle
