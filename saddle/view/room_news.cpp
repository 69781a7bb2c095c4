// Implements what pages hear of a room.
#include "saddle/view/room_news.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace saddle {
namespace {

constexpr size_t kMostEvents = 6000;  // rows, or looks, kept for who comes later; then every other of the older goes

std::string event_text(const char* event, const std::string& members) {
  return std::string("event: ") + event + "\ndata: {" + members + "}\n\n";
}

}  // namespace

void RoomNews::thin(Events& events) {
  if (events.size() < kMostEvents) return;
  Events kept;
  for (size_t i = 0; i < events.size(); ++i)
    if (i >= events.size() / 2 || i % 2 == 0) kept.push_back(std::move(events[i]));
  events = std::move(kept);
}

void RoomNews::start(std::vector<std::string> sides, int64_t turn, int64_t keep_until) {
  const std::scoped_lock lock(mutex_);
  ++game_;
  turn_ = turn;
  keep_until_ = keep_until;
  starts_ = std::move(sides);
  frame_ = 0;
  for (auto* all : {&rows_, &looks_}) {
    all->resize(starts_.size());
    for (auto& events : *all) std::erase_if(events, [&](const Event& event) { return event.turn > keep_until; });
  }
}

void RoomNews::frame(const RoomState& state, std::vector<LabFrame> frames, const std::vector<std::string>& failures) {
  const std::scoped_lock lock(mutex_);
  head_ = std::string("\"playing\":") + (state.playing ? "true" : "false") + ",\"phase\":\"" + state.phase +
          "\",\"kept\":" + nlohmann::json(state.kept).dump() +
          ",\"turns_per_second\":" + std::to_string(state.turns_per_second);
  turn_ = state.turn;
  frame_ = ++last_;
  pictures_.clear();
  for (size_t i = 0; i < frames.size(); ++i) {
    if (!rows_[i].empty() && rows_[i].back().turn == turn_) rows_[i].pop_back();
    rows_[i].push_back({last_, turn_, std::move(frames[i].row)});
    thin(rows_[i]);
    pictures_.push_back("\"failure\":" + nlohmann::json(failures[i]).dump() + "," + frames[i].picture);
  }
  news_.notify_all();
}

void RoomNews::look(int64_t game, size_t side, int64_t turn, const std::string& members) {
  const std::scoped_lock lock(mutex_);
  if (game != game_) return;
  looks_[side].push_back(
      {++last_, turn, "\"side\":" + std::to_string(side) + ",\"turn\":" + std::to_string(turn) + "," + members});
  thin(looks_[side]);
  news_.notify_all();
}

int64_t RoomNews::game() const {
  const std::scoped_lock lock(mutex_);
  return game_;
}

std::string RoomNews::start_text(const RoomMark& mark) const {
  const bool follows = mark.game == game_ - 1;  // it has the rows that are kept
  std::string sides;
  for (const auto& start : starts_) sides += (sides.empty() ? "{" : ",{") + start + "}";
  return event_text("start", "\"game\":" + std::to_string(game_) + ",\"turn\":" + std::to_string(turn_) +
                                 ",\"keep_until\":" + std::to_string(follows ? keep_until_ : -1) + ",\"sides\":[" +
                                 sides + "]");
}

std::string RoomNews::frame_text(const RoomMark& mark) const {
  std::string sides;
  for (size_t i = 0; i < pictures_.size(); ++i) {
    std::string rows;
    for (auto event = rows_[i].rbegin(); event != rows_[i].rend() && event->number > mark.heard; ++event)
      rows = event->text + (rows.empty() ? "" : ",") + rows;
    sides += (sides.empty() ? "{\"rows\":[" : ",{\"rows\":[") + rows + "]," + pictures_[i] + "}";
  }
  return event_text("frame", "\"game\":" + std::to_string(game_) + ",\"turn\":" + std::to_string(turn_) + "," + head_ +
                                 ",\"sides\":[" + sides + "]");
}

std::string RoomNews::next(RoomMark& mark, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  news_.wait_for(lock, patience,
                 [&] { return closing_ || (frame_ > 0 && (last_ > mark.heard || mark.game != game_)); });
  if (closing_ || frame_ == 0) return "";
  std::string text;
  const bool anew = mark.game != game_;
  if (anew) {
    text = start_text(mark);
    if (mark.game != game_ - 1) mark.heard = 0;
  }
  if (anew || frame_ > mark.heard) text += frame_text(mark);
  for (const auto& all : looks_)
    for (const auto& look : all)
      if (look.number > mark.heard) text += event_text("look", "\"game\":" + std::to_string(game_) + "," + look.text);
  mark = {game_, last_};
  return text;
}

void RoomNews::close() {
  const std::scoped_lock lock(mutex_);
  closing_ = true;
  news_.notify_all();
}

}  // namespace saddle
