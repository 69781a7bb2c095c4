// Set-ups of the laboratory: what they may be, and when a game can go on under another one.
#include "saddle/lab/setup.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "saddle/base/error.h"

namespace saddle {
namespace {

using nlohmann::json;

std::string sides(const json& setup) { return json({{"sides", json::array({setup})}}).dump(); }

TEST(Setups, ComeBackAsTheyWereWritten) {
  LabSetup setup;
  setup.target = "grid";
  setup.train.regularizer = "r1=0.5/1,label_smoothing=0.1";
  setup.train.generator_rate = 0.0125;
  setup.train.critic_steps = 0;
  setup.offset = -2.5;
  const auto again = parse_setups("{\"sides\":[" + setup_json(setup) + "]}");
  ASSERT_EQ(again.size(), 1);
  EXPECT_EQ(setup_json(again[0]), setup_json(setup));
}

TEST(Setups, SeedsHave64BitsAlsoWherePagesHave53) {
  LabSetup setup;
  setup.train.seed = 18446744073709551615U;
  EXPECT_NE(setup_json(setup).find("\"seed\":\"18446744073709551615\""), std::string::npos);
  EXPECT_EQ(parse_setups("{\"sides\":[" + setup_json(setup) + "]}")[0].train.seed, setup.train.seed);
  EXPECT_EQ(parse_setups(R"({"sides":[{"seed":7}]})")[0].train.seed, 7U);
  for (const char* wrong : {"-1", "1.5", "\"\"", "\"18446744073709551616\"", "\"7x\""})
    EXPECT_THROW(parse_setups(std::string(R"({"sides":[{"seed":)") + wrong + "}]}"), Error) << wrong;
}

TEST(Setups, TakeDefaultsForWhatIsLeftOut) {
  EXPECT_EQ(setup_json(parse_setups(sides(json::object()))[0]), setup_json(LabSetup()));
}

TEST(Setups, RefuseWhatIsNoneOrOutOfRangeInOneSentence) {
  const json wrong[] = {
      {{"width", 1e9}},        {{"width", 4.5}},           {{"layers", 0}},
      {{"batch_size", "64"}},  {{"objective", "maximin"}}, {{"colour", "red"}},
      {{"regularizer", "r3"}}, {{"target", "../passwd"}},  {{"generator", "exact"}, {"target", "ring"}},
      {{"target", "drawn"}},   {{"critic_steps", 101}},    {{"generator_rate", nullptr}},
      {{"generator_rate", 2}}, json::array({1}),           json("ring")};
  for (const json& one : wrong) {
    try {
      parse_setups(sides(one));
      ADD_FAILURE() << one;
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
      EXPECT_LT(std::string(error.what()).size(), 300) << error.what();
    }
  }
  for (const char* text : {"", "[]", "{}", R"({"sides":[]})", R"({"sides":[{},{},{},{}]})", R"({"sides":{}})"})
    EXPECT_THROW(parse_setups(text), Error) << text;
  const std::string lists = std::string(1'000'000, '[') + std::string(1'000'000, ']');  // would overflow the stack
  EXPECT_THROW(parse_setups(R"({"sides":[{"width":)" + lists + "}]}"), Error);
  EXPECT_THROW(parse_setups(R"({"sides":[{"target":"ring"},{"target":"normal"}]})"), Error);
}

TEST(Setups, LetAGameGoOnWhereWeightsStillFit) {
  LabSetup before;
  const auto changed = [&](const std::function<void(LabSetup&)>& change) {
    LabSetup after = before;
    change(after);
    return can_go_on(before, after);
  };
  EXPECT_TRUE(changed([](LabSetup& s) { s.train.objective = "minimax"; }));
  EXPECT_TRUE(changed([](LabSetup& s) { s.train.generator_rate = 0.1; }));
  EXPECT_TRUE(changed([](LabSetup& s) { s.train.regularizer = "r1"; }));
  EXPECT_TRUE(changed([](LabSetup& s) { s.train.critic_steps = 0; }));
  EXPECT_FALSE(changed([](LabSetup& s) { s.train.regularizer = "spectral_norm"; }));
  EXPECT_FALSE(changed([](LabSetup& s) { s.train.generator_width = 32; }));
  EXPECT_FALSE(changed([](LabSetup& s) { s.target = "grid"; }));
  EXPECT_FALSE(changed([](LabSetup& s) { s.train.seed = 1; }));
}

TEST(Choices, NameEveryTargetGameAndRegulariser) {
  const json all = json::parse(lab_choices());
  EXPECT_EQ(all["targets"].size(), 10);
  EXPECT_EQ(all["objectives"].size(), 15);
  EXPECT_EQ(all["regularizers"].size(), 7);
  EXPECT_EQ(all["limits"]["width"], json({4, 128}));
  EXPECT_EQ(all["defaults"]["batch_size"], 256);
}

}  // namespace
}  // namespace saddle
