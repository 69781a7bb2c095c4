// Implements a session of the laboratory.
#include "saddle/view/session.h"

#include <sys/resource.h>
#include <unistd.h>

#include <future>

#include "saddle/base/error.h"
#include "saddle/base/failure_text.h"
#include "saddle/view/http_error.h"

namespace saddle {
namespace {

using nlohmann::json;

constexpr auto kFrame = std::chrono::milliseconds(33);          // at least, between frames
constexpr auto kSlowMove = std::chrono::milliseconds(700);      // in slow motion, between moves
constexpr auto kDetailPause = std::chrono::milliseconds(1500);  // at least, between details while it plays
constexpr int64_t kMostTurns = 1'000'000;
constexpr int kMostCommands = 40;                      // a second
constexpr auto kForgotten = std::chrono::seconds(20);  // without a listener, after which a game pauses

int64_t whole(const json& body, const char* name, int64_t low, int64_t high) {
  const auto found = body.find(name);
  const bool fine = found != body.end() && found->is_number_integer() &&
                    found->get<double>() >= static_cast<double>(low) &&
                    found->get<double>() <= static_cast<double>(high);
  if (!fine)
    throw Error(std::string(name) + ": expected a whole number from " + std::to_string(low) + " to " +
                std::to_string(high));
  return found->get<int64_t>();
}

/// What a detail says; only its failure where the game is not finite.
std::string text_of(const LabDetail& detail) try { return detail(); } catch (const std::exception& error) {
  return json({{"failure", failure_text(error)}}).dump(-1, ' ', true, json::error_handler_t::replace);
}

}  // namespace

LabSession::LabSession(const std::vector<LabSetup>& setups) : laboratory_(make_sides(setups)) {
  play_thread_ = std::thread([this] { run_play(); });
  details_thread_ = std::thread([this] { run_details(); });
}

LabSession::~LabSession() {
  update([this] {
    closing_ = true;
    tasks_.clear();
  });
  events_.close();
  play_thread_.join();
  details_thread_.join();
}

std::chrono::duration<double> LabSession::quiet() {
  const std::scoped_lock lock(mutex_);
  if (listeners_.use_count() > 1) heard_ = Clock::now();
  return Clock::now() - heard_;
}

/// Tells of a start, a change or a way back, and shows where the game stands.
void LabSession::begin(int64_t keep_until) {
  speed_since_ = Clock::now();
  speed_turn_ = laboratory_.turn();
  std::vector<std::string> starts;
  for (const auto& side : laboratory_.sides()) starts.push_back(side->start());
  events_.start(std::move(starts), laboratory_.turn(), keep_until);
  show("turn");
}

void LabSession::rest(Clock::time_point until) {
  std::unique_lock lock(mutex_);
  wake_.wait_until(lock, until, [this] { return closing_ || !tasks_.empty() || !playing_; });
}

/// Plays the turns of one frame and shows the last.
void LabSession::play_frame() {
  const auto began = Clock::now();
  bool slow = false;
  int64_t turns = 1;
  {
    const std::scoped_lock lock(mutex_);
    slow = slow_;
    if (!slow) turns = std::min(turns_per_frame_, turns_left_);
  }
  if (slow) {
    laboratory_.move(Move::discriminator_turn);
    show("discriminator");
    rest(began + kSlowMove);
    laboratory_.move(Move::generator_turn);
    laboratory_.keep();
  } else {
    laboratory_.play(turns);
  }
  const auto& sides = laboratory_.sides();
  const bool failed =
      std::all_of(sides.begin(), sides.end(), [](const auto& side) { return !side->failure().empty(); });
  const bool forgotten = quiet() > kForgotten;
  {
    const std::scoped_lock lock(mutex_);
    turns_left_ -= turns;
    if (turns_left_ <= 0 || forgotten || failed || laboratory_.turn() >= kMostTurns) playing_ = false;
  }
  show(slow ? "generator" : "turn");
  rest(slow ? Clock::now() + kSlowMove : began + kFrame);
}

void LabSession::show(const char* phase) {
  const auto frames = laboratory_.frames();
  const double time = std::chrono::duration<double>(Clock::now() - speed_since_).count();
  if (time > 0.5) {
    speed_ = static_cast<double>(laboratory_.turn() - speed_turn_) / time;
    speed_since_ = Clock::now();
    speed_turn_ = laboratory_.turn();
  }
  bool playing = false, due = false;
  {
    const std::scoped_lock lock(mutex_);
    playing = playing_;
    due = !playing || (details_.of_sides.empty() && Clock::now() >= details_due_);
  }
  events_.frame({.turn = laboratory_.turn(),
                 .playing = playing,
                 .phase = phase,
                 .kept = laboratory_.kept(),
                 .turns_per_second = playing ? speed_ : 0},
                frames);
  if (!due) return;
  Details details = {.of_sides = {}, .game = events_.game(), .turn = laboratory_.turn()};
  for (size_t i = 0; i < frames.size(); ++i)
    if (LabDetail detail = laboratory_.sides()[i]->detail()) details.of_sides.emplace_back(i, std::move(detail));
  update([&] { details_ = std::move(details); });
}

void LabSession::run_play() {
  begin(-1);
  while (true) {
    Task task = [this] { play_frame(); };
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return closing_ || playing_ || !tasks_.empty(); });
      if (closing_) return;
      if (!tasks_.empty()) {
        task = std::move(tasks_.front());
        tasks_.pop_front();
      }
    }
    try {
      task();
    } catch (const std::exception&) {  // nothing of a game may end the server
      set_playing(false, 0);
    }
  }
}

void LabSession::run_details() {
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 5);  // the game needs the processor more
  while (true) {
    Details details;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return closing_ || !details_.of_sides.empty(); });
      if (closing_) return;
      std::swap(details, details_);
      details_due_ = Clock::time_point::max();
    }
    const auto began = Clock::now();
    for (const auto& [side, detail] : details.of_sides)
      if (events_.game() == details.game) events_.detail(details.game, side, details.turn, text_of(detail));
    const std::scoped_lock lock(mutex_);
    details_due_ = Clock::now() + std::max<Clock::duration>(kDetailPause, Clock::now() - began);
  }
}

/// Changes what is shared, and wakes whoever waits for it.
void LabSession::update(const std::function<void()>& change) {
  {
    const std::scoped_lock lock(mutex_);
    change();
  }
  wake_.notify_all();
}

void LabSession::add_task(Task task) {
  update([&] { tasks_.push_back(std::move(task)); });
}

void LabSession::set_playing(bool on, int64_t turns) {
  update([=, this] {
    playing_ = on;
    turns_left_ = turns;
  });
}

void LabSession::stop_and(Task task) {
  set_playing(false, 0);
  add_task(std::move(task));
}

void LabSession::count_command() {
  const std::scoped_lock lock(mutex_);
  if (Clock::now() - command_second_ >= std::chrono::seconds(1)) {
    command_second_ = Clock::now();
    commands_ = 0;
  }
  if (++commands_ > kMostCommands)
    throw HttpError(429, "Too many commands: a session takes " + std::to_string(kMostCommands) + " a second.");
}

void LabSession::command(const std::string& text) {
  count_command();
  const json body = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!body.is_object() || !body.contains("do") || !body["do"].is_string())
    throw Error(R"(expected {"do": COMMAND}, got something else)");
  const auto single = [this](Move move, const char* phase) {
    stop_and([this, move, phase] {
      laboratory_.move(move);
      laboratory_.keep();
      show(phase);
    });
  };
  const std::map<std::string, Task> commands = {
      {"play", [&] { set_playing(true, body.contains("turns") ? whole(body, "turns", 1, kMostTurns) : kMostTurns); }},
      {"pause", [&] { stop_and([this] { show("turn"); }); }},
      {"discriminator_step", [&] { single(Move::discriminator_step, "discriminator"); }},
      {"generator_step", [&] { single(Move::generator_step, "generator"); }},
      {"restart",
       [&] {
         add_task([this] {
           laboratory_.restart();
           begin(-1);
         });
       }},
      {"back",
       [&] {
         const auto turn = body.contains("turn") ? std::optional(whole(body, "turn", 0, kMostTurns)) : std::nullopt;
         stop_and([this, turn] { begin(laboratory_.go_back(turn)); });
       }},
      {"pace",
       [&] {
         const int64_t turns = whole(body, "turns_per_frame", 1, 100);
         const std::scoped_lock lock(mutex_);
         turns_per_frame_ = turns;
         slow_ = body.contains("slow") && body["slow"] == true;
       }},
      {"setup",
       [&] {
         add_task([this, sides = std::make_shared<LabSides>(make_sides(parse_setups(text)))] {
           const bool on = laboratory_.change(std::move(*sides));
           begin(on ? laboratory_.turn() : -1);
         });
       }},
  };
  const std::string what = body["do"];
  if (commands.count(what) != 0) return commands.at(what)();
  std::vector<std::string> known = {"save", "close"};
  for (const auto& [name, task] : commands) known.push_back(name);
  throw Error(unknown_name("command", what.substr(0, 40), known));
}

LabSaved LabSession::save(const std::string& folder) {
  const auto saving =
      std::make_shared<std::packaged_task<LabSaved()>>([this, folder] { return laboratory_.save(folder); });
  auto result = saving->get_future();
  add_task([saving] { (*saving)(); });
  return result.get();
}

}  // namespace saddle
