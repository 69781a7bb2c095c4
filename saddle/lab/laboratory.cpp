// Implements the sides of one laboratory.
#include "saddle/lab/laboratory.h"

#include <future>

#include "saddle/lab/lab_targets.h"

namespace saddle {
namespace {

constexpr int64_t kMomentTurns = 25;    // between moments kept, at first
constexpr size_t kMostMoments = 40;     // then every other one goes
constexpr double kShownDeviations = 2;  // standard deviations about where G starts that are shown

}  // namespace

LabReach reach_of(const LabSetup& setup) {
  if (setup.player == "dirac") return {};
  const auto ground = lab_ground(setup.target, setup.drawn);
  LabReach reach = {ground->low.clone(), ground->high.clone()};
  if (setup.player != "gan" || setup.generator == "exact" || setup.offset == 0) return reach;
  const Tensor start = ground->mean[0] + setup.offset * ground->std[0], room = kShownDeviations * ground->std[0];
  reach.low[0] = at::minimum(reach.low[0], start - room);
  reach.high[0] = at::maximum(reach.high[0], start + room);
  return reach;
}

std::unique_ptr<LabSide> make_side(const LabSetup& setup, const LabReach& reach) {
  if (setup.player == "mixture") return make_mixture_side(setup, reach);
  if (setup.player == "dirac") return make_dirac_side(setup);
  return make_game_side(setup, reach);
}

LabSides make_sides(const std::vector<LabSetup>& setups) {
  LabReach reach;
  for (const auto& setup : setups) reach = joined(reach, reach_of(setup));
  LabSides sides;
  sides.reserve(setups.size());
  for (const auto& setup : setups) sides.push_back(make_side(setup, reach));
  return sides;
}

Laboratory::Laboratory(std::vector<LabSetup> setups, LabSides sides)
    : setups_(std::move(setups)), sides_(std::move(sides)) {
  begin();
}

void Laboratory::begin() {
  turn_ = moves_ = 0;
  moments_.clear();
  moment_turns_ = kMomentTurns;
  keep();
}

/// Each side on a thread of its own: who looks sees all of them at the same turn.
void Laboratory::on_each(const std::function<void(LabSide& side, size_t i)>& work) {
  std::vector<std::future<void>> others;
  others.reserve(sides_.size());
  for (size_t i = 1; i < sides_.size(); ++i)
    others.push_back(std::async(std::launch::async, [this, i, &work] { work(*sides_[i], i); }));
  work(*sides_[0], 0);
  for (auto& other : others) other.get();
}

void Laboratory::play(int64_t turns) {
  on_each([turns](LabSide& side, size_t) {
    for (int64_t k = 0; k < turns; ++k)
      if (!side.play(Move::discriminator_turn) || !side.play(Move::generator_turn)) return;
  });
  turn_ += turns;
  moves_ += turns;
  if (turn_ / moment_turns_ != moments_.back().turn / moment_turns_) keep();
}

void Laboratory::move(Move move) {
  on_each([move](LabSide& side, size_t) { side.play(move); });
  ++moves_;
  if (move == Move::generator_turn || move == Move::generator_step) ++turn_;
}

void Laboratory::restart() {
  sides_ = make_sides(setups_);
  begin();
}

int64_t Laboratory::go_back(std::optional<int64_t> wanted) {
  const auto late = [&](const Moment& moment) { return wanted ? moment.turn > *wanted : moment.moves >= moves_; };
  size_t at = moments_.size() - 1;
  while (at > 0 && late(moments_[at])) --at;
  moments_.resize(at + 1);
  for (size_t i = 0; i < sides_.size(); ++i) sides_[i]->go_back(moments_[at].sides[i]);
  turn_ = moments_[at].turn;
  moves_ = moments_[at].moves;
  return turn_;
}

bool Laboratory::change(std::vector<LabSetup> setups, LabSides sides) {
  bool on = setups.size() == setups_.size();
  for (size_t i = 0; on && i < setups.size(); ++i) on = can_go_on(setups_[i], setups[i]);
  for (size_t i = 0; on && i < sides.size(); ++i) sides[i]->go_on_from(*sides_[i]);
  setups_ = std::move(setups);
  sides_ = std::move(sides);
  if (!on) begin();
  return on;
}

void Laboratory::keep() {
  Moment now{turn_, moves_, {}};
  now.sides.reserve(sides_.size());
  for (const auto& side : sides_) now.sides.push_back(side->moment());
  if (!moments_.empty() && moments_.back().moves == moves_) moments_.pop_back();
  moments_.push_back(std::move(now));
  if (moments_.size() < kMostMoments) return;
  std::vector<Moment> fewer;
  fewer.reserve(moments_.size());
  for (size_t i = 0; i < moments_.size(); ++i)
    if (i % 2 == 0 || i + 1 == moments_.size()) fewer.push_back(std::move(moments_[i]));
  moments_ = std::move(fewer);
  moment_turns_ *= 2;
}

std::vector<int64_t> Laboratory::kept() const {
  std::vector<int64_t> turns;
  turns.reserve(moments_.size());
  for (const auto& moment : moments_)
    if (turns.empty() || turns.back() != moment.turn) turns.push_back(moment.turn);
  return turns;
}

std::vector<LabFrame> Laboratory::frames() {
  std::vector<LabFrame> frames(sides_.size());
  on_each([&](LabSide& side, size_t i) { frames[i] = side.frame(turn_); });
  return frames;
}

std::vector<std::pair<size_t, LabLook>> Laboratory::looks() const {
  std::vector<std::pair<size_t, LabLook>> looks;
  for (size_t i = 0; i < sides_.size(); ++i)
    if (LabLook look = sides_[i]->look()) looks.emplace_back(i, std::move(look));
  return looks;
}

std::vector<std::string> Laboratory::starts() const {
  std::vector<std::string> starts;
  starts.reserve(sides_.size());
  for (const auto& side : sides_) starts.push_back(side->start());
  return starts;
}

std::vector<std::string> Laboratory::failures() const {
  std::vector<std::string> failures;
  failures.reserve(sides_.size());
  for (const auto& side : sides_) failures.push_back(side->failure());
  return failures;
}

LabSaved Laboratory::save(const std::string& folder) const {
  LabSaved saved;
  for (size_t i = 0; i < sides_.size(); ++i) {
    if (const std::string refusal = sides_[i]->refusal_to_save(); !refusal.empty()) {
      saved.refusals.push_back(refusal);
      continue;
    }
    const std::string stem = folder + "/lab-" + setups_[i].target + "-" + setups_[i].objective;
    std::string path = stem;
    for (int k = 2; std::filesystem::exists(path); ++k) path = stem + "-" + std::to_string(k);
    sides_[i]->save(path);
    saved.runs.push_back(path);
  }
  return saved;
}

}  // namespace saddle
