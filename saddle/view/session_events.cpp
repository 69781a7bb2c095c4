// Implements what pages hear of a session.
#include "saddle/view/session_events.h"

#include "saddle/io/json_text.h"

namespace saddle {
namespace {

using nlohmann::json;

constexpr size_t kMostEvents = 6000;  // rows, or details, kept for latecomers; then every other of the older goes

}  // namespace

std::string server_sent(const char* event, const std::string& data) {
  return std::string("event: ") + event + "\ndata: " + data + "\n\n";
}

void SessionEvents::add(Events& events, int64_t turn, std::string text) {
  events.push_back({last_, turn, std::move(text)});
  if (events.size() < kMostEvents) return;
  Events kept;
  for (size_t i = 0; i < events.size(); ++i)
    if (i >= events.size() / 2 || i % 2 == 0) kept.push_back(std::move(events[i]));
  events = std::move(kept);
}

void SessionEvents::start(std::vector<std::string> sides, int64_t turn, int64_t keep_until) {
  const std::scoped_lock lock(mutex_);
  ++game_;
  turn_ = turn;
  keep_until_ = keep_until;
  starts_ = std::move(sides);
  frame_ = 0;
  for (auto* all : {&rows_, &details_}) {
    all->resize(starts_.size());
    for (auto& events : *all) std::erase_if(events, [&](const Event& event) { return event.turn > keep_until; });
  }
}

void SessionEvents::frame(const SessionState& state, const std::vector<LabFrame>& frames) {
  const std::scoped_lock lock(mutex_);
  turn_ = state.turn;
  frame_ = ++last_;
  head_ = json({{"game", game_},
                {"turn", turn_},
                {"playing", state.playing},
                {"phase", state.phase},
                {"kept", state.kept},
                {"turns_per_second", rounded(state.turns_per_second, 6)}})
              .dump();
  pictures_.clear();
  for (size_t i = 0; i < frames.size(); ++i) {
    if (!rows_[i].empty() && rows_[i].back().turn == turn_) rows_[i].pop_back();
    add(rows_[i], turn_, frames[i].row);
    pictures_.push_back(with_member(frames[i].picture, "failure", json(frames[i].failure).dump()));
  }
  came_.notify_all();
}

void SessionEvents::detail(int64_t game, size_t side, int64_t turn, const std::string& detail) {
  const std::scoped_lock lock(mutex_);
  if (game != game_) return;
  ++last_;
  add(details_[side], turn, joined_objects(json({{"side", side}, {"turn", turn}}).dump(), detail));
  came_.notify_all();
}

int64_t SessionEvents::game() const {
  const std::scoped_lock lock(mutex_);
  return game_;
}

std::string SessionEvents::start_text(const EventMark& mark) const {
  const bool follows = mark.game == game_ - 1;  // it has the rows that are kept
  const json head = {{"game", game_}, {"turn", turn_}, {"keep_until", follows ? keep_until_ : -1}};
  return server_sent("start", with_member(head.dump(), "sides", json_array(starts_)));
}

std::string SessionEvents::frame_text(const EventMark& mark) const {
  std::vector<std::string> sides;
  for (size_t i = 0; i < pictures_.size(); ++i) {
    std::vector<std::string> rows;
    for (const auto& row : rows_[i])
      if (row.number > mark.number) rows.push_back(row.text);
    sides.push_back(with_member(pictures_[i], "rows", json_array(rows)));
  }
  return server_sent("frame", with_member(head_, "sides", json_array(sides)));
}

std::string SessionEvents::next(EventMark& mark, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  came_.wait_for(lock, patience,
                 [&] { return closing_ || (frame_ > 0 && (last_ > mark.number || mark.game != game_)); });
  if (closing_ || frame_ == 0) return "";
  std::string text;
  const bool anew = mark.game != game_;
  if (anew) {
    text = start_text(mark);
    if (mark.game != game_ - 1) mark.number = 0;
  }
  if (anew || frame_ > mark.number) text += frame_text(mark);
  for (const auto& of_side : details_)
    for (const auto& detail : of_side)
      if (detail.number > mark.number)
        text += server_sent("look", with_member(detail.text, "game", std::to_string(game_)));
  mark = {game_, last_};
  return text;
}

void SessionEvents::close() {
  const std::scoped_lock lock(mutex_);
  closing_ = true;
  came_.notify_all();
}

}  // namespace saddle
