// Implements a room of the laboratory.
#include "saddle/view/room.h"

#include <sys/resource.h>
#include <unistd.h>

#include <future>
#include <nlohmann/json.hpp>
#include <thread>

#include "saddle/base/error.h"
#include "saddle/base/failure_text.h"

namespace saddle {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr auto kFrame = std::chrono::milliseconds(33);        // at least, between frames
constexpr auto kSlowMove = std::chrono::milliseconds(700);    // in slow motion, between moves
constexpr auto kLookPause = std::chrono::milliseconds(1500);  // at least, between closer looks while it plays
constexpr int64_t kMostTurns = 1'000'000;
constexpr int kMostCommands = 40;  // a second
constexpr double kForgotten = 20;  // seconds without a listener, after which a game pauses

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

double seconds(Clock::duration time) { return std::chrono::duration<double>(time).count(); }

/// What a look says; nothing where the game is not finite.
std::string look_text(const LabLook& look) try { return look(); } catch (const std::exception& error) {
  return "\"failure\":" + json(failure_text(error)).dump(-1, ' ', true, json::error_handler_t::replace);
}

}  // namespace

class LabRoom::Impl {
 public:
  explicit Impl(const std::vector<LabSetup>& setups) : laboratory_(setups, make_sides(setups)) {
    quiet_since_ = seconds(Clock::now().time_since_epoch());
    player_ = std::thread([this] { run_player(); });
    looker_ = std::thread([this] { run_looker(); });
  }

  ~Impl() {
    {
      const std::scoped_lock lock(mutex_);
      closing_ = true;
      tasks_.clear();
    }
    wake_.notify_all();
    news_.close();
    player_.join();
    looker_.join();
  }

  void command(const std::string& text);
  LabSaved save(const std::string& folder);
  RoomNews& news() { return news_; }

  void listen(int more) {
    const std::scoped_lock lock(mutex_);
    listeners_ += more;
    quiet_since_ = seconds(Clock::now().time_since_epoch());
  }

  double quiet_since() {
    const std::scoped_lock lock(mutex_);
    return listeners_ > 0 ? 0 : quiet_since_;
  }

 private:
  using Task = std::function<void()>;

  void run_player();
  void run_looker();
  void play_frame();
  void begin(int64_t keep_until);
  void show(const char* phase);
  void rest(Clock::time_point until);
  void set_playing(bool on, int64_t turns);
  void add_task(Task task);
  void count_command();

  // the player's own
  Laboratory laboratory_;
  Clock::time_point speed_since_ = Clock::now();
  int64_t speed_turn_ = 0;
  double speed_ = 0;

  RoomNews news_;

  // shared, under the mutex
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> tasks_;  // what the player does before it plays on
  bool closing_ = false, playing_ = false, slow_ = false;
  int64_t turns_left_ = 0, turns_per_frame_ = 1;
  int listeners_ = 0;
  double quiet_since_ = 0;
  Clock::time_point command_second_;
  int commands_ = 0;                               // in that second
  std::vector<std::pair<size_t, LabLook>> looks_;  // that wait for the looker
  int64_t looks_game_ = 0, looks_turn_ = 0;
  Clock::time_point look_due_ = Clock::now();

  std::thread player_, looker_;
};

/// Tells of a start, a change or a way back, and shows where the game stands.
void LabRoom::Impl::begin(int64_t keep_until) {
  speed_since_ = Clock::now();
  speed_turn_ = laboratory_.turn();
  news_.start(laboratory_.starts(), laboratory_.turn(), keep_until);
  show("turn");
}

void LabRoom::Impl::rest(Clock::time_point until) {
  std::unique_lock lock(mutex_);
  wake_.wait_until(lock, until, [this] { return closing_ || !tasks_.empty() || !playing_; });
}

/// Plays the turns of one frame and shows the last.
void LabRoom::Impl::play_frame() {
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
  const auto failures = laboratory_.failures();
  const bool failed = std::all_of(failures.begin(), failures.end(), [](const auto& text) { return !text.empty(); });
  {
    const std::scoped_lock lock(mutex_);
    turns_left_ -= turns;
    const bool forgotten = listeners_ == 0 && seconds(Clock::now().time_since_epoch()) - quiet_since_ > kForgotten;
    if (turns_left_ <= 0 || forgotten || failed || laboratory_.turn() >= kMostTurns) playing_ = false;
  }
  show(slow ? "generator" : "turn");
  rest(slow ? Clock::now() + kSlowMove : began + kFrame);
}

void LabRoom::Impl::show(const char* phase) {
  auto frames = laboratory_.frames();
  const double time = seconds(Clock::now() - speed_since_);
  if (time > 0.5) {
    speed_ = static_cast<double>(laboratory_.turn() - speed_turn_) / time;
    speed_since_ = Clock::now();
    speed_turn_ = laboratory_.turn();
  }
  bool playing = false, look = false;
  {
    const std::scoped_lock lock(mutex_);
    playing = playing_;
    look = !playing || (looks_.empty() && Clock::now() >= look_due_);
  }
  news_.frame({.turn = laboratory_.turn(),
               .playing = playing,
               .phase = phase,
               .kept = laboratory_.kept(),
               .turns_per_second = playing ? speed_ : 0},
              std::move(frames), laboratory_.failures());
  if (!look) return;
  auto looks = laboratory_.looks();
  {
    const std::scoped_lock lock(mutex_);
    looks_ = std::move(looks);
    looks_game_ = news_.game();
    looks_turn_ = laboratory_.turn();
  }
  wake_.notify_all();
}

void LabRoom::Impl::run_player() {
  begin(-1);
  while (true) {
    Task task;
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
      if (task)
        task();
      else
        play_frame();
    } catch (const std::exception&) {  // nothing of a game may end the server
      set_playing(false, 0);
    }
  }
}

void LabRoom::Impl::run_looker() {
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 5);  // the game needs the processor more
  while (true) {
    std::vector<std::pair<size_t, LabLook>> looks;
    int64_t game = 0, turn = 0;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return closing_ || !looks_.empty(); });
      if (closing_) return;
      looks.swap(looks_);
      look_due_ = Clock::time_point::max();
      game = looks_game_;
      turn = looks_turn_;
    }
    const auto began = Clock::now();
    for (const auto& [side, look] : looks)
      if (news_.game() == game) news_.look(game, side, turn, look_text(look));
    const std::scoped_lock lock(mutex_);
    look_due_ = Clock::now() + std::max<Clock::duration>(kLookPause, Clock::now() - began);
  }
}

void LabRoom::Impl::add_task(Task task) {
  {
    const std::scoped_lock lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  wake_.notify_all();
}

void LabRoom::Impl::set_playing(bool on, int64_t turns) {
  {
    const std::scoped_lock lock(mutex_);
    playing_ = on;
    turns_left_ = turns;
  }
  wake_.notify_all();
}

void LabRoom::Impl::count_command() {
  const std::scoped_lock lock(mutex_);
  if (Clock::now() - command_second_ >= std::chrono::seconds(1)) {
    command_second_ = Clock::now();
    commands_ = 0;
  }
  if (++commands_ > kMostCommands)
    throw Refusal(429, "Too many commands: a room takes " + std::to_string(kMostCommands) + " a second.");
}

void LabRoom::Impl::command(const std::string& text) {
  count_command();
  const json body = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!body.is_object() || !body.contains("do") || !body["do"].is_string())
    throw Error(R"(expected {"do": COMMAND}, got something else)");
  const std::string what = body["do"];
  const auto single = [this](Move move, const char* phase) {
    set_playing(false, 0);
    add_task([this, move, phase] {
      laboratory_.move(move);
      laboratory_.keep();
      show(phase);
    });
  };
  if (what == "play")
    return set_playing(true, body.contains("turns") ? whole(body, "turns", 1, kMostTurns) : kMostTurns);
  if (what == "pause") {
    set_playing(false, 0);
    return add_task([this] { show("turn"); });
  }
  if (what == "discriminator_step") return single(Move::discriminator_step, "discriminator");
  if (what == "generator_step") return single(Move::generator_step, "generator");
  if (what == "restart")
    return add_task([this] {
      laboratory_.restart();
      begin(-1);
    });
  if (what == "back") {
    const auto turn = body.contains("turn") ? std::optional(whole(body, "turn", 0, kMostTurns)) : std::nullopt;
    set_playing(false, 0);
    return add_task([this, turn] { begin(laboratory_.go_back(turn)); });
  }
  if (what == "pace") {
    const int64_t turns = whole(body, "turns_per_frame", 1, 100);
    const std::scoped_lock lock(mutex_);
    turns_per_frame_ = turns;
    slow_ = body.contains("slow") && body["slow"] == true;
    return;
  }
  if (what == "setup") {
    auto setups = parse_setups(text);
    auto sides = std::make_shared<LabSides>(make_sides(setups));
    return add_task([this, setups, sides] {
      const bool on = laboratory_.change(setups, std::move(*sides));
      begin(on ? laboratory_.turn() : -1);
    });
  }
  throw Error(unknown_name(
      "command", what.substr(0, 40),
      {"play", "pause", "discriminator_step", "generator_step", "restart", "back", "pace", "setup", "save", "close"}));
}

LabSaved LabRoom::Impl::save(const std::string& folder) {
  auto done = std::make_shared<std::promise<LabSaved>>();
  auto result = done->get_future();
  add_task([this, folder, done] {
    try {
      done->set_value(laboratory_.save(folder));
    } catch (...) {
      done->set_exception(std::current_exception());
    }
  });
  return result.get();
}

LabRoom::LabRoom(const std::vector<LabSetup>& setups) : impl_(std::make_unique<Impl>(setups)) {}
LabRoom::~LabRoom() = default;
void LabRoom::command(const std::string& json) { impl_->command(json); }
LabSaved LabRoom::save(const std::string& folder) { return impl_->save(folder); }
RoomNews& LabRoom::news() { return impl_->news(); }
double LabRoom::quiet_since() const { return impl_->quiet_since(); }
void LabRoom::add_listener() { impl_->listen(1); }
void LabRoom::remove_listener() { impl_->listen(-1); }

}  // namespace saddle
