// Implements the rooms of a server.
#include "saddle/view/rooms.h"

#include <nlohmann/json.hpp>

#include "saddle/base/error.h"
#include "saddle/base/json_depth.h"
#include "saddle/view/guard.h"

namespace saddle {
namespace {

using nlohmann::json;

constexpr auto kPatience = std::chrono::milliseconds(250);  // of a listener for news

}  // namespace

// A room ends after the lock, since its threads finish their turn first.

std::string LabRooms::choices() const {
  return lab_choices() + ",\"can_save\":" + (save_to_.empty() ? "false" : "true") +
         ",\"save_to\":" + json(save_to_).dump(-1, ' ', true, json::error_handler_t::replace) + "}";
}

std::string LabRooms::open(const std::string& text) try {
  const auto setups = parse_setups(text);
  take_forgotten();
  {
    const std::scoped_lock lock(mutex_);
    if (rooms_.size() + opening_ >= kMost)
      throw Refusal(429,
                    "All " + std::to_string(kMost) + " rooms of this laboratory are taken: close another page of it.");
    ++opening_;
  }
  std::shared_ptr<LabRoom> room;
  try {
    room = std::make_shared<LabRoom>(setups);
  } catch (...) {
    const std::scoped_lock lock(mutex_);
    --opening_;
    throw;
  }
  const std::string id = make_token().substr(0, 16);
  const std::scoped_lock lock(mutex_);
  --opening_;
  rooms_[id] = std::move(room);
  return json({{"room", id}}).dump();
} catch (const Error& error) {
  throw Refusal(400, error.what());
}

std::string LabRooms::command(const std::string& id, const std::string& text) try {
  const auto room = find(id);
  if (!is_shallow_json(text)) throw Error(R"(expected {"do": COMMAND}, got JSON that is nested too deep)");
  const json body = json::parse(text, nullptr, /*allow_exceptions=*/false);
  const json what = body.is_object() ? body.value("do", json()) : json();
  if (what == "close") {
    close(id);
  } else if (what == "save") {
    if (save_to_.empty())
      throw Refusal(409, "saddle view writes nothing: start saddle lab --view to save what is played.");
    const LabSaved saved = room->save(save_to_);
    if (saved.runs.empty()) throw Refusal(409, saved.refusals[0]);
    const json told = {{"runs", saved.runs}, {"refusals", saved.refusals}};
    return told.dump(-1, ' ', true, json::error_handler_t::replace);
  } else {
    room->command(text);
  }
  return R"({"ok":true})";
} catch (const Error& error) {
  throw Refusal(400, error.what());
}

std::function<std::string()> LabRooms::listen(const std::string& id) {
  const auto room = find(id);
  room->add_listener();
  const std::shared_ptr<LabRoom> heard(room.get(), [room](LabRoom* one) { one->remove_listener(); });
  return [this, id, heard, mark = RoomMark()]() mutable {
    find(id);
    return heard->news().next(mark, kPatience);
  };
}

std::shared_ptr<LabRoom> LabRooms::find(const std::string& id) {
  take_forgotten();
  const std::scoped_lock lock(mutex_);
  const auto found = rooms_.find(id);
  if (found == rooms_.end()) throw Refusal(404, "There is no such room any more: reload the page.");
  return found->second;
}

void LabRooms::close(const std::string& id) {
  std::shared_ptr<LabRoom> room;
  const std::scoped_lock lock(mutex_);
  const auto found = rooms_.find(id);
  if (found == rooms_.end()) return;
  room = std::move(found->second);
  rooms_.erase(found);
}

std::vector<std::shared_ptr<LabRoom>> LabRooms::take_forgotten() {
  const double now = std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  std::vector<std::shared_ptr<LabRoom>> forgotten;
  const std::scoped_lock lock(mutex_);
  for (auto entry = rooms_.begin(); entry != rooms_.end();) {
    const double quiet = entry->second->quiet_since();
    if (quiet > 0 && now - quiet > std::chrono::duration<double>(forgotten_).count()) {
      forgotten.push_back(std::move(entry->second));
      entry = rooms_.erase(entry);
    } else {
      ++entry;
    }
  }
  return forgotten;
}

}  // namespace saddle
