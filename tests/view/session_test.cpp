// A session of the laboratory: commands, and what listeners hear.
#include "saddle/view/sessions.h"

#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "saddle/view/http_error.h"

namespace saddle {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr const char* kSmall = R"({"sides":[{"target":"two_normals","width":8,"layers":1,"batch_size":16}]})";

// Each option is allowed, but the two do not go together: it is known when the session is made.
constexpr const char* kImpossible =
    R"({"sides":[{"target":"two_normals","objective":"wasserstein","regularizer":"label_smoothing"}]})";

/// The events of a text, as (name, data).
std::vector<std::pair<std::string, json>> events(const std::string& text) {
  std::vector<std::pair<std::string, json>> all;
  std::istringstream lines(text);
  std::string name;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("event: ")) name = line.substr(7);
    if (line.starts_with("data: ")) all.emplace_back(name, json::parse(line.substr(6)));
  }
  return all;
}

/// Listens until `enough` says so; a run of this test ends long before the tries do.
template <class Enough>
json listen_for(const std::function<std::string()>& next, const Enough& enough) {
  for (int tries = 0; tries < 600; ++tries)
    for (const auto& [name, data] : events(next()))
      if (enough(name, data)) return data;
  ADD_FAILURE() << "nothing of the kind was heard";
  return {};
}

std::string session_of(LabSessions& sessions, const std::string& text = kSmall) {
  return json::parse(sessions.open(text))["room"];
}

TEST(LabSessions, PlayAsManyTurnsAsAskedAndTellThem) {
  LabSessions sessions("");
  const std::string id = session_of(sessions);
  const auto next = sessions.listen(id);
  const json start = listen_for(next, [](const auto& name, const json&) { return name == "start"; });
  EXPECT_EQ(start["keep_until"], -1);
  sessions.command(id, R"({"do":"pace","turns_per_frame":3})");
  sessions.command(id, R"({"do":"play","turns":10})");
  std::vector<int> turns;
  const json last = listen_for(next, [&](const auto& name, const json& data) {
    if (name != "frame") return false;
    for (const json& row : data["sides"][0]["rows"]) turns.push_back(row[0]);
    return data["playing"] == false && data["turn"] == 10;
  });
  EXPECT_EQ(turns.back(), 10);
  EXPECT_TRUE(std::is_sorted(turns.begin(), turns.end()));
  const json detail =
      listen_for(next, [](const auto& name, const json& data) { return name == "look" && data["turn"] == 10; });
  EXPECT_GT(detail["step"]["multiples"].size(), 10);
  EXPECT_LE(detail["estimate"]["certified"], detail["js"]);
}

TEST(LabSessions, TellEveryRowToLatecomers) {
  LabSessions sessions("");
  const std::string id = session_of(sessions);
  const auto first = sessions.listen(id);
  sessions.command(id, R"({"do":"play","turns":4})");
  listen_for(first, [](const auto& name, const json& data) { return name == "frame" && data["turn"] == 4; });
  const auto second = sessions.listen(id);
  const json frame = listen_for(second, [](const auto& name, const json&) { return name == "frame"; });
  EXPECT_EQ(frame["sides"][0]["rows"].size(), 5);
}

TEST(LabSessions, GoBackAndDropTheRowsBehind) {
  LabSessions sessions("");
  const std::string id = session_of(sessions);
  const auto next = sessions.listen(id);
  for (int k = 1; k <= 3; ++k) {
    sessions.command(id, R"({"do":"generator_step"})");
    listen_for(next, [k](const auto& name, const json& data) { return name == "frame" && data["turn"] == k; });
  }
  sessions.command(id, R"({"do":"back"})");
  const json start = listen_for(next, [](const auto& name, const json&) { return name == "start"; });
  EXPECT_EQ(start["turn"], 2);
  EXPECT_EQ(start["keep_until"], 2);
}

TEST(LabSessions, KeepTheirGamesApart) {
  LabSessions sessions("");
  const std::string one = session_of(sessions), two = session_of(sessions);
  const auto of_one = sessions.listen(one), of_two = sessions.listen(two);
  sessions.command(one, R"({"do":"play","turns":5})");
  listen_for(of_one, [](const auto& name, const json& data) { return name == "frame" && data["turn"] == 5; });
  const json frame = listen_for(of_two, [](const auto& name, const json&) { return name == "frame"; });
  EXPECT_EQ(frame["turn"], 0);
}

TEST(LabSessions, RefuseWhatIsTooMuchOrNoCommand) {
  LabSessions sessions("");
  const auto refused = [](const std::function<void()>& ask) {
    try {
      ask();
    } catch (const HttpError& error) {
      return error.status;
    }
    return 200;
  };
  EXPECT_EQ(refused([&] { sessions.open("{}"); }), 400);
  EXPECT_EQ(refused([&] { sessions.open(kImpossible); }), 400);
  const std::string id = session_of(sessions);
  EXPECT_EQ(refused([&] { sessions.command("0123456789abcdef", R"({"do":"play"})"); }), 404);
  for (const char* text : {"", "[]", R"({"do":1})", R"({"do":"fly"})", R"({"do":"play","turns":0})",
                           R"({"do":"play","turns":1e99})", R"({"do":"pace","turns_per_frame":1000})",
                           R"({"do":"setup","sides":[{"width":1}]})", R"({"do":"back","turn":-1})"})
    EXPECT_EQ(refused([&] { sessions.command(id, text); }), 400) << text;
  const std::string lists = std::string(1'000'000, '[') + std::string(1'000'000, ']');  // would overflow the stack
  EXPECT_EQ(refused([&] { sessions.command(id, R"({"do":)" + lists + "}"); }), 400);
  EXPECT_EQ(refused([&] { sessions.command(id, R"({"do":"save"})"); }), 409);
  int most = 200;
  for (int k = 0; k < 60; ++k) most = std::max(most, refused([&] { sessions.command(id, R"({"do":"pause"})"); }));
  EXPECT_EQ(most, 429);
  for (size_t k = 1; k < LabSessions::kMost; ++k) session_of(sessions);
  EXPECT_EQ(refused([&] { sessions.open(kSmall); }), 429);
  // sides that cannot be made: the limit is told before anything is
  EXPECT_EQ(refused([&] { sessions.open(kImpossible); }), 429);
  sessions.command(id, R"({"do":"close"})");
  EXPECT_EQ(refused([&] { sessions.open(kSmall); }), 200);
}

TEST(LabSessions, AreClosedOnceNobodyListens) {
  constexpr auto kForgotten = milliseconds(500);
  LabSessions sessions("", kForgotten);
  std::string id;
  const auto try_for_a_minute = [](const auto& done) {
    for (int tries = 0; tries < 6000 && !done(); ++tries) std::this_thread::sleep_for(milliseconds(10));
  };
  std::function<std::string()> next;
  try_for_a_minute([&] {  // a busy machine may forget a new session before it is listened to
    id = session_of(sessions);
    try {
      next = sessions.listen(id);
    } catch (const HttpError&) {
    }
    return next != nullptr;
  });
  ASSERT_NE(next, nullptr);
  const auto is_closed = [&](const std::string& session) {
    try {
      sessions.command(session, R"({"do":"pause"})");
    } catch (const HttpError& error) {
      return error.status == 404;
    }
    return false;
  };
  const std::string younger = session_of(sessions);  // once it is closed, this one's time has passed too
  try_for_a_minute([&] { return is_closed(younger); });
  EXPECT_TRUE(is_closed(younger));
  EXPECT_FALSE(is_closed(id));
  next = nullptr;
  try_for_a_minute([&] { return is_closed(id); });
  EXPECT_TRUE(is_closed(id));
}

TEST(LabSessions, EndTheirListenersWhenTheyAreClosed) {
  LabSessions sessions("");
  const std::string id = session_of(sessions);
  const auto next = sessions.listen(id);
  next();
  sessions.command(id, R"({"do":"close"})");
  EXPECT_THROW(next(), HttpError);
}

}  // namespace
}  // namespace saddle
