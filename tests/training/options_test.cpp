// Tests of options, presets and the TOML file.
#include "saddle/training/options.h"
#include "saddle/training/presets.h"

#include <gtest/gtest.h>

#include <fstream>

#include "saddle/base/error.h"
#include "saddle/io/toml.h"
#include "saddle/training/config.h"

namespace saddle {
namespace {

std::string message(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::string write(const std::string& name, const std::string& text) {
  const std::string path = testing::TempDir() + name;
  std::ofstream(path) << text;
  return path;
}

TEST(SetOption, TakesDashesAndUnderscores) {
  TrainOptions options;
  set_option(options, "batch-size", "32", "--batch-size");
  EXPECT_EQ(options.batch_size, 32);
  set_option(options, "batch_size", "16", "f:1");
  EXPECT_EQ(options.batch_size, 16);
}

TEST(SetOption, SeedsHave64BitsAndComeBackFromToml) {
  for (const std::string seed : {"0", "9223372036854775807", "9223372036854775808", "18446744073709551615"}) {
    TrainOptions options;
    set_option(options, "seed", seed, "--seed");
    EXPECT_EQ(std::to_string(options.seed), seed);
    const std::string config = write("seed.toml", options_toml(options));
    EXPECT_EQ(options_from_config(read_toml_values(config), config).seed, options.seed);
    const auto settings = read_settings(write("own.toml", "samples = 10\nseed = " + seed + "  # large\n"));
    EXPECT_EQ(settings.at(1).text, seed);
    EXPECT_NE(settings.at(1).where.find("own.toml:2"), std::string::npos);
  }
  TrainOptions options;
  for (const std::string wrong : {"18446744073709551616", "-1", "1e3"})
    EXPECT_NE(message([&] { set_option(options, "seed", wrong, "--seed"); }).find("from 0 to 18446744073709551615"),
              std::string::npos)
        << wrong;
}

TEST(SetOption, AddsAConstraintToThoseBefore) {
  TrainOptions options;
  for (const std::string text : {"a < b", "c in (x, y)", "a < b"})
    set_option(options, "constraint", text, "--constraint");
  EXPECT_EQ(options.constraint, "a < b; c in (x, y)");
  const std::string config = write("constraint.toml", options_toml(options));
  EXPECT_EQ(options_from_config(read_toml_values(config), config).constraint, options.constraint);
  const std::vector<Setting> twice = {{"constraint", "a < b", "--constraint"}, {"constraint", "c > 0", "--constraint"}};
  EXPECT_EQ(resolve_options(twice, /*images=*/false).constraint, "a < b; c > 0") << "settings are applied twice";
  set_option(options, "constraint", "none", "--constraint");
  EXPECT_EQ(options.constraint, "none");
}

TEST(SetOption, NamesTheNearestOptionAndWhereItStood) {
  TrainOptions options;
  const std::string text = message([&] { set_option(options, "bach_size", "32", "my.toml:3"); });
  EXPECT_NE(text.find("my.toml:3"), std::string::npos) << text;
  EXPECT_NE(text.find("did you mean 'batch_size'"), std::string::npos) << text;
}

TEST(SetOption, RefusesWhatIsNoNumberOrOutOfRange) {
  TrainOptions options;
  for (const char* text : {"", "x", "1.5", "12 ", "-1", "0", "99999999", "1e3"})
    EXPECT_THROW(set_option(options, "batch_size", text, "t"), UsageError) << text;
  for (const char* text : {"nan", "inf", "-1", "11"})
    EXPECT_THROW(set_option(options, "generator_rate", text, "t"), UsageError) << text;
  EXPECT_THROW(set_option(options, "objective", "minmax", "t"), UsageError);
  EXPECT_THROW(set_option(options, "skip_bad", "yes", "t"), UsageError);
}

TEST(ResolveOptions, LaterSettingsWinOverEarlierOnesAndOverThePreset) {
  const auto options =
      resolve_options({{"latent_dim", "7", "f:1"}, {"preset", "points", "--preset"}, {"latent_dim", "9", "--x"}}, true);
  EXPECT_EQ(options.latent_dim, 9);
  EXPECT_EQ(options.preset, "points");
  EXPECT_EQ(options.network, "mlp");
}

TEST(ResolveOptions, ChoosesThePresetByTheKindOfData) {
  EXPECT_EQ(resolve_options({}, true).network, "conv");
  EXPECT_EQ(resolve_options({{"network", "dcgan", ""}}, true).objective, "non_saturating");
  EXPECT_EQ(resolve_options({}, false).network, "mlp");
  EXPECT_GT(resolve_options({}, false).samples, 0);
}

TEST(Config, ReadsBackWhatItWrites) {
  TrainOptions options =
      resolve_options({{"generator_rate", "0.00037", ""}, {"skip_bad", "true", ""}, {"split", "70,20,10", ""}}, true);
  const std::string path = write("config.toml", options_toml(options));
  const TrainOptions back = options_from_config(read_toml_values(path), path);
  EXPECT_EQ(options_toml(back), options_toml(options));
  EXPECT_EQ(back.generator_rate, 0.00037);
}

TEST(Config, QuotesTextsThatWouldBreakOut) {
  for (const std::string text : {"a\"b", "back\\slash", "line\nbreak", "it's", "</script>", "\x01"}) {
    const std::string path = write("quote.toml", "x = " + toml_string(text) + "\n");
    EXPECT_EQ(read_toml_values(path).at("x"), text);
  }
}

TEST(ReadConfig, NamesFileAndLine) {
  EXPECT_NE(message([] { read_settings(write("a.toml", "batch_size = 3\n[options]\nx = 1\n")); }).find("a.toml:3"),
            std::string::npos);
  EXPECT_NE(message([] { read_settings(write("b.toml", "ok = 1\nbroken = = 2\n")); }).find("b.toml:2"),
            std::string::npos);
  EXPECT_THROW(read_settings("/nowhere/x.toml"), Error);
}

TEST(ReadConfig, RefusesAKeyThatWouldOverflowTheStack) {
  const auto key = [](size_t parts) {
    std::string text = "a";
    for (size_t i = 1; i < parts; ++i) text += ".a";
    return text;
  };
  EXPECT_NE(message([&] {
              read_toml_values(write("deep.toml", "x = 1\n" + key(1'000'000) + " = 1\n"));
            }).find("deep.toml:2: expected keys of at most 1000 parts"),
            std::string::npos);
  EXPECT_EQ(read_toml_values(write("parts.toml", "[" + key(900) + "]\n" + key(900) + " = 1\n")).size(), 1U);
  std::string list = "x = [0.5";
  for (int i = 0; i < 5000; ++i) list += ", 0.5";
  EXPECT_EQ(read_toml_values(write("list.toml", list + "]\n")).size(), 1U);
}

}  // namespace
}  // namespace saddle
