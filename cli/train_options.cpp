// Implements where the options of a run come from.
#include "cli/train_options.h"

#include "cli/output.h"
#include "saddle/base/error.h"
#include "saddle/run/run_config.h"
#include "saddle/training/config.h"

namespace saddle::cli {
bool has_setting(const std::vector<Setting>& settings, const std::string& name) {
  return std::any_of(settings.begin(), settings.end(), [&](const Setting& s) { return option_key(s.name) == name; });
}

std::vector<Setting> settings_of(const Job& job) {
  constexpr int64_t kShards = 8;  // the same for up to so many ranks, so that these give the same run
  const TrainCommand& command = job.command;
  if (command.like.empty()) {
    std::vector<Setting> settings = command.settings;
    if (job.group.size() > 1 && !has_setting(settings, "shards"))
      settings.push_back({"shards", std::to_string(std::max(kShards, job.group.size())), "--ranks"});
    return settings;
  }
  if (has_setting(command.settings, "preset"))
    throw UsageError("--preset: expected none beside --like, since " + command.like + " sets every option, got one");
  const std::string where = command.like + "/config.toml", prefix = "options.";
  const auto config = read_run_config(command.like);
  if (config.count("mixture.components") != 0 || config.count("lab.draws") != 0)
    throw UsageError("--like: expected a run of saddle train, got " + command.like + ", a run of saddle " +
                     (config.count("lab.draws") != 0 ? "lab" : "mle"));
  std::vector<Setting> settings;
  // one length takes the place of the other
  const bool is_length_set = has_setting(command.settings, "samples") || has_setting(command.settings, "minutes");
  for (const auto& [key, text] : config) {
    const std::string name = key.starts_with(prefix) ? key.substr(prefix.size()) : "";
    if (!name.empty() && !(name == "minutes" && is_length_set)) settings.push_back({name, text, where});
  }
  const TrainOptions like = options_from_config(config, where);
  if (const std::string file = labels_file(like); !file.empty() && !has_setting(command.settings, "labels"))
    throw UsageError("--like: expected --labels beside it, since the labels of " + command.like + " are in a file, " +
                     file + ", that belongs to its own data");
  settings.insert(settings.end(), command.settings.begin(), command.settings.end());
  return settings;
}

void describe_like(const Job& job) {
  const std::string& like = job.command.like;
  if (like.empty()) return;
  const auto config = read_run_config(like);
  const std::string kind = config.count("data.kind") != 0 ? config.at("data.kind") : "";
  if (kind != job.dataset->summary().kind)
    throw UsageError("--like: expected a run on " + job.dataset->summary().kind + ", as " + job.data + " are, got " +
                     like + ", a run on " + kind);
  std::string own;
  for (const Setting& setting : job.command.settings)
    own += (own.empty() ? ", but " : ", ") + option_key(setting.name) + " = " + setting.text;
  say(job, "like      the options of " + like + own);
}

void change_options(Job& job, const std::string& where) {
  const TrainOptions kept = job.options;
  for (const auto& setting : job.command.settings) {
    TrainOptions changed = job.options;
    set_option(changed, setting.name, setting.text, setting.where);
    if (!may_change_on_resume(setting.name) && options_toml(changed) != options_toml(job.options))
      throw UsageError(setting.where + ": expected an option that a run may change when it goes on, got " +
                       setting.name + " (" + where + " keeps it; start a new run to change it)");
    job.options = changed;
  }
  if (job.options.labels == kept.labels) return;
  const std::string file = labels_file(job.options), kept_file = labels_file(kept);
  if (file.empty() || kept_file.empty())
    throw UsageError("--labels: expected " + (kept_file.empty() ? kept.labels : "a file with labels") + ", as " +
                     where + " keeps it, got " + job.options.labels);
  job.options.labels = std::filesystem::absolute(file).lexically_normal();
}

}  // namespace saddle::cli
