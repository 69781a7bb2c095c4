// Implements the sessions of a server.
#include "saddle/view/sessions.h"

#include "saddle/base/error.h"
#include "saddle/base/json_depth.h"
#include "saddle/io/json_text.h"
#include "saddle/view/guard.h"
#include "saddle/view/http_error.h"

namespace saddle {
namespace {

using nlohmann::json;

constexpr auto kPatience = std::chrono::milliseconds(250);  // of a listener for events

}  // namespace

// A session ends after the lock, since its threads finish their turn first.

std::string LabSessions::choices() const {
  const json saving = {{"can_save", !save_to_.empty()}, {"save_to", save_to_}};
  return joined_objects(lab_choices(), saving.dump(-1, ' ', true, json::error_handler_t::replace));
}

std::string LabSessions::open(const std::string& text) try {
  const auto setups = parse_setups(text);
  take_forgotten();
  const std::string id = make_token().substr(0, 16);
  {
    const std::scoped_lock lock(mutex_);
    if (sessions_.size() >= kMost)
      throw HttpError(
          429, "All " + std::to_string(kMost) + " sessions of this laboratory are taken: close another page of it.");
    sessions_[id] = nullptr;
  }
  try {
    auto session = std::make_shared<LabSession>(setups);
    const std::scoped_lock lock(mutex_);
    sessions_[id] = std::move(session);
  } catch (...) {
    take(id);
    throw;
  }
  return json({{"room", id}}).dump();
} catch (const Error& error) {
  throw HttpError(400, error.what());
}

std::string LabSessions::command(const std::string& id, const std::string& text) try {
  const auto session = find(id);
  if (!is_shallow_json(text)) throw Error(R"(expected {"do": COMMAND}, got JSON that is nested too deep)");
  const json body = json::parse(text, nullptr, /*allow_exceptions=*/false);
  const json what = body.is_object() ? body.value("do", json()) : json();
  if (what == "close") {
    take(id);
  } else if (what == "save") {
    if (save_to_.empty())
      throw HttpError(409, "saddle view writes nothing: start saddle lab --view to save what is played.");
    const LabSaved saved = session->save(save_to_);
    if (saved.runs.empty()) throw HttpError(409, saved.refusals[0]);
    const json told = {{"runs", saved.runs}, {"refusals", saved.refusals}};
    return told.dump(-1, ' ', true, json::error_handler_t::replace);
  } else {
    session->command(text);
  }
  return R"({"ok":true})";
} catch (const Error& error) {
  throw HttpError(400, error.what());
}

std::function<std::string()> LabSessions::listen(const std::string& id) {
  return [this, id, session = find(id), listener = find(id)->listen(), mark = EventMark()]() mutable {
    find(id);
    return session->events().next(mark, kPatience);
  };
}

std::shared_ptr<LabSession> LabSessions::find(const std::string& id) {
  take_forgotten();
  const std::scoped_lock lock(mutex_);
  const auto found = sessions_.find(id);
  if (found == sessions_.end() || found->second == nullptr)
    throw HttpError(404, "There is no such session any more: reload the page.");
  return found->second;
}

std::shared_ptr<LabSession> LabSessions::take(const std::string& id) {
  const std::scoped_lock lock(mutex_);
  const auto taken = sessions_.extract(id);
  return taken.empty() ? nullptr : taken.mapped();
}

std::vector<std::shared_ptr<LabSession>> LabSessions::take_forgotten() {
  std::vector<std::shared_ptr<LabSession>> forgotten;
  const std::scoped_lock lock(mutex_);
  std::erase_if(sessions_, [&](const auto& entry) {
    const auto& session = entry.second;
    if (session == nullptr || session->quiet() <= forgotten_) return false;
    forgotten.push_back(session);
    return true;
  });
  return forgotten;
}

}  // namespace saddle
