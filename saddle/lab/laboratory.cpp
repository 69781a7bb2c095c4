// Implements the sides of one laboratory.
#include "saddle/lab/laboratory.h"

#include <future>

namespace saddle {
namespace {

constexpr int64_t kSnapshotTurns = 25;  // between snapshots kept, at first
constexpr size_t kMostSnapshots = 40;   // then every other one goes

}  // namespace

LabSides make_sides(const std::vector<LabSetup>& setups) {
  Extent extent;
  for (const auto& setup : setups) extent = joined(extent, extent_of(setup));
  LabSides sides;
  sides.reserve(setups.size());
  for (const auto& setup : setups) sides.push_back(make_side(setup, extent));
  return sides;
}

Laboratory::Laboratory(LabSides sides) : sides_(std::move(sides)) { begin(); }

void Laboratory::begin() {
  turn_ = moves_ = 0;
  snapshots_.clear();
  snapshot_turns_ = kSnapshotTurns;
  keep();
}

/// Each side on a thread of its own: whoever looks sees all of them at the same turn.
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
  if (turn_ / snapshot_turns_ != snapshots_.back().turn / snapshot_turns_) keep();
}

void Laboratory::move(Move move) {
  on_each([move](LabSide& side, size_t) { side.play(move); });
  ++moves_;
  if (of_generator(move)) ++turn_;
}

void Laboratory::restart() {
  std::vector<LabSetup> setups;
  for (const auto& side : sides_) setups.push_back(side->setup());
  sides_ = make_sides(setups);
  begin();
}

int64_t Laboratory::go_back(std::optional<int64_t> wanted) {
  const auto late = [&](const Snapshot& kept) { return wanted ? kept.turn > *wanted : kept.moves >= moves_; };
  while (snapshots_.size() > 1 && late(snapshots_.back())) snapshots_.pop_back();
  const Snapshot& last = snapshots_.back();
  for (size_t i = 0; i < sides_.size(); ++i) sides_[i]->go_back(last.sides[i]);
  moves_ = last.moves;
  return turn_ = last.turn;
}

bool Laboratory::change(LabSides sides) {
  const bool on = std::equal(sides.begin(), sides.end(), sides_.begin(), sides_.end(),
                             [](auto& after, auto& before) { return can_go_on(before->setup(), after->setup()); });
  for (size_t i = 0; on && i < sides.size(); ++i) sides[i]->go_on_from(*sides_[i]);
  sides_ = std::move(sides);
  if (!on) begin();
  return on;
}

void Laboratory::keep() {
  Snapshot now{turn_, moves_, {}};
  for (const auto& side : sides_) now.sides.push_back(side->snapshot());
  if (!snapshots_.empty() && snapshots_.back().moves == moves_) snapshots_.pop_back();
  snapshots_.push_back(std::move(now));
  if (snapshots_.size() < kMostSnapshots) return;
  for (size_t i = snapshots_.size() - 1; i-- > 0;)
    if (i % 2 == 1) snapshots_.erase(snapshots_.begin() + static_cast<std::ptrdiff_t>(i));
  snapshot_turns_ *= 2;
}

std::vector<int64_t> Laboratory::kept() const {
  std::vector<int64_t> turns;
  for (const auto& snapshot : snapshots_)
    if (turns.empty() || turns.back() != snapshot.turn) turns.push_back(snapshot.turn);
  return turns;
}

std::vector<LabFrame> Laboratory::frames() {
  std::vector<LabFrame> frames(sides_.size());
  on_each([&](LabSide& side, size_t i) { frames[i] = side.frame(turn_); });
  return frames;
}

LabSaved Laboratory::save(const std::string& folder) const {
  LabSaved saved;
  for (const auto& side : sides_) {
    if (const std::string refusal = side->refusal_to_save(); !refusal.empty()) {
      saved.refusals.push_back(refusal);
      continue;
    }
    const std::string stem = folder + "/lab-" + side->setup().target + "-" + side->setup().train.objective;
    std::string path = stem;
    for (int k = 2; std::filesystem::exists(path); ++k) path = stem + "-" + std::to_string(k);
    side->save(path);
    saved.runs.push_back(path);
  }
  return saved;
}

}  // namespace saddle
