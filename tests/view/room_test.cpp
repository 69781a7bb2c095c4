// A room of the laboratory: commands, and what listeners hear.
#include "saddle/view/rooms.h"

#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

namespace saddle {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr const char* kSmall = R"({"sides":[{"target":"two_normals","width":8,"layers":1,"batch_size":16}]})";

// Each option is allowed, but the two do not go together: it is known when the room is made.
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

std::string room_of(LabRooms& rooms, const std::string& text = kSmall) { return json::parse(rooms.open(text))["room"]; }

TEST(LabRooms, PlayAsManyTurnsAsAskedAndTellThem) {
  LabRooms rooms("");
  const std::string id = room_of(rooms);
  const auto next = rooms.listen(id);
  const json start = listen_for(next, [](const auto& name, const json&) { return name == "start"; });
  EXPECT_EQ(start["keep_until"], -1);
  rooms.command(id, R"({"do":"pace","turns_per_frame":3})");
  rooms.command(id, R"({"do":"play","turns":10})");
  std::vector<int> turns;
  const json last = listen_for(next, [&](const auto& name, const json& data) {
    if (name != "frame") return false;
    for (const json& row : data["sides"][0]["rows"]) turns.push_back(row[0]);
    return data["playing"] == false && data["turn"] == 10;
  });
  EXPECT_EQ(turns.back(), 10);
  EXPECT_TRUE(std::is_sorted(turns.begin(), turns.end()));
  const json look =
      listen_for(next, [](const auto& name, const json& data) { return name == "look" && data["turn"] == 10; });
  EXPECT_GT(look["step"]["multiples"].size(), 10);
  EXPECT_LE(look["estimate"]["certified"], look["js"]);
}

TEST(LabRooms, TellEveryRowToWhoComesLater) {
  LabRooms rooms("");
  const std::string id = room_of(rooms);
  const auto first = rooms.listen(id);
  rooms.command(id, R"({"do":"play","turns":4})");
  listen_for(first, [](const auto& name, const json& data) { return name == "frame" && data["turn"] == 4; });
  const auto second = rooms.listen(id);
  const json frame = listen_for(second, [](const auto& name, const json&) { return name == "frame"; });
  EXPECT_EQ(frame["sides"][0]["rows"].size(), 5);
}

TEST(LabRooms, GoBackAndDropTheRowsBehind) {
  LabRooms rooms("");
  const std::string id = room_of(rooms);
  const auto next = rooms.listen(id);
  for (int k = 1; k <= 3; ++k) {
    rooms.command(id, R"({"do":"generator_step"})");
    listen_for(next, [k](const auto& name, const json& data) { return name == "frame" && data["turn"] == k; });
  }
  rooms.command(id, R"({"do":"back"})");
  const json start = listen_for(next, [](const auto& name, const json&) { return name == "start"; });
  EXPECT_EQ(start["turn"], 2);
  EXPECT_EQ(start["keep_until"], 2);
}

TEST(LabRooms, KeepTheirGamesApart) {
  LabRooms rooms("");
  const std::string one = room_of(rooms), two = room_of(rooms);
  const auto of_one = rooms.listen(one), of_two = rooms.listen(two);
  rooms.command(one, R"({"do":"play","turns":5})");
  listen_for(of_one, [](const auto& name, const json& data) { return name == "frame" && data["turn"] == 5; });
  const json frame = listen_for(of_two, [](const auto& name, const json&) { return name == "frame"; });
  EXPECT_EQ(frame["turn"], 0);
}

TEST(LabRooms, RefuseWhatIsTooMuchOrNoCommand) {
  LabRooms rooms("");
  const auto refused = [](const std::function<void()>& ask) {
    try {
      ask();
    } catch (const Refusal& refusal) {
      return refusal.status;
    }
    return 200;
  };
  EXPECT_EQ(refused([&] { rooms.open("{}"); }), 400);
  EXPECT_EQ(refused([&] { rooms.open(kImpossible); }), 400);
  const std::string id = room_of(rooms);
  EXPECT_EQ(refused([&] { rooms.command("0123456789abcdef", R"({"do":"play"})"); }), 404);
  for (const char* text : {"", "[]", R"({"do":1})", R"({"do":"fly"})", R"({"do":"play","turns":0})",
                           R"({"do":"play","turns":1e99})", R"({"do":"pace","turns_per_frame":1000})",
                           R"({"do":"setup","sides":[{"width":1}]})", R"({"do":"back","turn":-1})"})
    EXPECT_EQ(refused([&] { rooms.command(id, text); }), 400) << text;
  const std::string lists = std::string(1'000'000, '[') + std::string(1'000'000, ']');  // would overflow the stack
  EXPECT_EQ(refused([&] { rooms.command(id, R"({"do":)" + lists + "}"); }), 400);
  EXPECT_EQ(refused([&] { rooms.command(id, R"({"do":"save"})"); }), 409);
  int most = 200;
  for (int k = 0; k < 60; ++k) most = std::max(most, refused([&] { rooms.command(id, R"({"do":"pause"})"); }));
  EXPECT_EQ(most, 429);
  for (size_t k = 1; k < LabRooms::kMost; ++k) room_of(rooms);
  EXPECT_EQ(refused([&] { rooms.open(kSmall); }), 429);
  // sides that cannot be made: the limit is told before anything is
  EXPECT_EQ(refused([&] { rooms.open(kImpossible); }), 429);
  rooms.command(id, R"({"do":"close"})");
  EXPECT_EQ(refused([&] { rooms.open(kSmall); }), 200);
}

TEST(LabRooms, AreClosedOnceNobodyListens) {
  constexpr auto kForgotten = milliseconds(500);
  LabRooms rooms("", kForgotten);
  std::string id;
  const auto try_for_a_minute = [](const auto& done) {
    for (int tries = 0; tries < 6000 && !done(); ++tries) std::this_thread::sleep_for(milliseconds(10));
  };
  std::function<std::string()> next;
  try_for_a_minute([&] {  // a busy machine may forget a new room before it is listened to
    id = room_of(rooms);
    try {
      next = rooms.listen(id);
    } catch (const Refusal&) {
    }
    return next != nullptr;
  });
  ASSERT_NE(next, nullptr);
  const auto is_closed = [&](const std::string& room) {
    try {
      rooms.command(room, R"({"do":"pause"})");
    } catch (const Refusal& refusal) {
      return refusal.status == 404;
    }
    return false;
  };
  const std::string younger = room_of(rooms);  // once it is closed, this one's time has passed too
  try_for_a_minute([&] { return is_closed(younger); });
  EXPECT_TRUE(is_closed(younger));
  EXPECT_FALSE(is_closed(id));
  next = nullptr;
  try_for_a_minute([&] { return is_closed(id); });
  EXPECT_TRUE(is_closed(id));
}

TEST(LabRooms, EndTheirListenersWhenTheyAreClosed) {
  LabRooms rooms("");
  const std::string id = room_of(rooms);
  const auto next = rooms.listen(id);
  next();
  rooms.command(id, R"({"do":"close"})");
  EXPECT_THROW(next(), Refusal);
}

}  // namespace
}  // namespace saddle
