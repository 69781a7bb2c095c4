// Implements what --labels means.
#include "cli/train_labels.h"

#include "cli/output.h"
#include "saddle/base/error.h"

namespace saddle::cli {
namespace {

constexpr const char* kFolderItself = ".";  // the label of images that lie in no sub-folder

std::string labels_flag(const Job& job) {
  return job.options.condition != "none" ? "for --condition " + job.options.condition
                                         : "for --labels " + job.options.labels;
}

/// What has labels.
std::string samples_noun(const Job& job) { return job.is_table() ? "rows" : "images"; }

/// "'cat' and 2 other classes".
std::string some_classes(const DataSummary& data, const std::vector<size_t>& classes) {
  const std::string others = std::to_string(classes.size() - 1);
  std::string first = "'" + data.labels[classes.front()] + "'";
  if (classes.size() == 1) return first;
  return first + " and " + others + (classes.size() == 2 ? " other class" : " other classes");
}

std::vector<size_t> classes_where(const DataSummary& data, const std::function<bool(size_t)>& holds) {
  std::vector<size_t> found;
  for (size_t k = 0; k < data.labels.size(); ++k)
    if (data.label_counts[k] > 0 && holds(k)) found.push_back(k);
  return found;
}

void require_family(const Job& job) {
  if (takes_labels(job.options.network)) return;
  std::string families;
  for (const std::string& family : network_families())
    if (takes_labels(family)) families += (families.empty() ? "" : " or ") + family;
  throw UsageError("--labels: expected a network that takes labels (--network " + families + "), got " +
                   job.options.network);
}

/// Refuses data whose images have no label each.
void require_labels(const Job& job) {
  const DataSummary& data = job.dataset->summary();
  const std::string where = job.data + ": expected ";
  if (job.is_table() && job.options.condition != "none") return;
  if (job.options.condition != "none") throw UsageError("--condition: expected a table, got " + data.kind);
  if (!job.images()) throw Error(where + "images " + labels_flag(job) + ", got " + data.kind);
  if (job.options.labels == "folder" && data.source != "image folder")
    throw Error(where + "a folder of images " + labels_flag(job) + ", got " + data.source +
                " (--labels auto takes the labels that such data bring, --labels FILE those of a file)");
  if (data.labels.empty())
    throw Error(where + "images in a folder for each class " + labels_flag(job) +
                ", got all of them in one (--labels FILE takes the labels of a file)");
  if (data.label_parts.empty())
    throw Error(where + "images of one class each " + labels_flag(job) + ", got " + data.source);
  if (!labels_file(job.options).empty()) return;
  const auto outside = classes_where(data, [&](size_t k) { return data.labels[k] == kFolderItself; });
  if (data.source == "image folder" && !outside.empty())
    throw Error(where + "every image in the folder of its class " + labels_flag(job) + ", got " +
                std::to_string(data.label_counts[outside.front()]) + " beside the folders, without a label");
}

/// Refuses classes that are too rare to learn, and says which ones held-out data lack.
void require_enough(const Job& job) {
  const DataSummary& data = job.dataset->summary();
  const std::string where = job.data + ": expected ";
  if (classes_where(data, [](size_t) { return true; }).size() < 2)
    throw Error(where + "at least two classes " + labels_flag(job) + ", got one, " +
                some_classes(data, classes_where(data, [](size_t) { return true; })));
  if (const auto single = classes_where(data, [&](size_t k) { return data.label_counts[k] < 2; }); !single.empty())
    throw Error(where + "at least two " + samples_noun(job) + " of each class, got one of " +
                some_classes(data, single) + " (add " + samples_noun(job) + ", or leave such classes out)");
  if (const auto unseen = classes_where(data, [&](size_t k) { return data.label_parts[k][0] == 0; }); !unseen.empty())
    throw Error(where + samples_noun(job) + " of each class in the part train, got none of " +
                some_classes(data, unseen) + " (its few " + samples_noun(job) +
                (job.is_table() ? "" : ", or its whole folder under --group,") +
                " went to the other parts: add some, or give train a larger share by --split)");
  for (const auto& [part, name] : {std::pair<size_t, const char*>{1, "select"}, {2, "test"}})
    if (const auto none = classes_where(data, [&](size_t k) { return data.label_parts[k][part] == 0; }); !none.empty())
      say(job, std::string("note      the part ") + name + " has no " + samples_noun(job) + " of " +
                   some_classes(data, none) + ": what is measured on it says nothing of that");
}

void describe_classes(const Job& job) {
  constexpr size_t kMostClassesNamed = 10;
  const DataSummary& data = job.dataset->summary();
  const auto there = classes_where(data, [](size_t) { return true; });
  std::string text = "classes   " + std::to_string(there.size()) + ":";
  for (size_t i = 0; i < std::min(there.size(), kMostClassesNamed); ++i)
    text +=
        std::string(i == 0 ? " " : ", ") + data.labels[there[i]] + " (" + count_text(data.label_counts[there[i]]) + ")";
  if (there.size() > kMostClassesNamed) text += ", ...";
  say(job, text + (job.options.class_balance == "even" ? "; training shows each equally often" : ""));
}

}  // namespace

void settle_labels(Job& job) {
  if (job.options.class_balance != "kept" && !is_conditional(job.options))
    throw UsageError("--class-balance: expected --labels or --condition beside it, got none");
  if (!is_conditional(job.options)) return;
  if (job.options.labels == "auto" && job.images() && job.dataset->summary().labels.empty()) {
    say(job, "labels    the data bring none: the game is not class-conditional");
    job.options.labels = "none";
    job.options.class_balance = "kept";
    return;
  }
  require_labels(job);
  require_family(job);
  require_enough(job);
  describe_classes(job);
}

RunClasses classes_of(const Job& job) {
  if (!is_conditional(job.options)) return {};
  const DataSummary& data = job.dataset->summary();
  return {data.labels, data.label_counts};
}

void set_classes(Game& game, const Job& job) {
  game.label_shares = classes_of(job).shares();
  if (job.options.class_balance != "even") return;
  Tensor even = at::zeros_like(game.label_shares);
  const auto& parts = job.dataset->summary().label_parts;
  for (size_t k = 0; k < parts.size(); ++k)
    if (parts[k][0] > 0) even[static_cast<int64_t>(k)] = 1;
  game.trained_shares = even / even.sum();
}

std::unique_ptr<Sampler> train_sampler(const Job& job) {
  if (is_conditional(job.options) && job.options.class_balance == "even")
    return job.dataset->even_sampler(Part::train, "train");
  return job.dataset->sampler(Part::train, "train");
}

void require_same_labels(const Job& job, const std::map<std::string, std::string>& config) {
  if (!is_conditional(job.options)) return;
  const auto kept = config.find("data.label_content");
  const DataSummary& data = job.dataset->summary();
  if (kept == config.end() || data.label_content != kept->second)
    throw Error(job.data + ": expected the labels that " + job.command.resume +
                " was trained on, got others (where their file is elsewhere: --labels NEWFILE)");
}

}  // namespace saddle::cli
