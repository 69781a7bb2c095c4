// Tests of metrics while training: what they are computed of, that they touch nothing, and which moment is the best.
#include "saddle/metrics/metric_observer.h"

#include <gtest/gtest.h>

#include <set>

#include "saddle/base/error.h"
#include "tests/support/toy_game.h"

namespace saddle {
namespace {

using test::KeepRecords;

constexpr int64_t kBatch = 16;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// So many images 8 x 8 of one grey, row i a little brighter than the one before, over and over.
class Greys final : public Sampler {
 public:
  explicit Greys(int64_t count, double first = 0) : count_(count), first_(first) {}
  Batch sample(int64_t n) override {
    const Tensor grey = first_ + (at::arange(n) + next_).remainder(count_) * (0.1 / static_cast<double>(count_));
    next_ += n;
    return {grey.to(at::kFloat).view({n, 1, 1, 1}).expand({n, 1, 8, 8}).contiguous(), {}};
  }
  std::vector<int64_t> shape() const override { return {1, 8, 8}; }
  int64_t count() const override { return count_; }
  TensorMap state() const override { return {{"next", at::tensor({next_})}}; }
  void set_state(const TensorMap& state) override { next_ = state.at("next").item<int64_t>(); }

 private:
  int64_t count_, next_ = 0;
  double first_;
};

/// The first four pixels as they are, and what was asked for.
class Pixels final : public FeatureNetwork {
 public:
  explicit Pixels(const std::string& hash = "0123456789abcdef") {
    facts_ = {};
    facts_.name = "pixels";
    facts_.hash = hash;
    facts_.dimension = 4;
  }
  using FeatureNetwork::features;
  Tensor features(const Tensor& x) const override {
    blocks.push_back(x.size(0));
    return spoilt ? at::full({x.size(0), 4}, kNone) : x.flatten(1).slice(1, 0, 4).contiguous();
  }
  mutable std::vector<int64_t> blocks;
  bool spoilt = false;
};

/// How far the means are apart, with an interval of 0.004 about it.
std::vector<MetricValue> mean_distance(const MetricInput& input, const MetricOptions&) {
  const double far = (input.p.mean() - input.q.mean()).abs().item<double>();
  return {{.name = "far", .estimate = far, .lower = far - 0.002, .upper = far + 0.002, .expected = 0.001}};
}

MetricKind far_kind(int better = -1, MetricNeeds needs = MetricNeeds::features) {
  return {"far", "Distance", "How far the means are apart.", needs, better, 2, mean_distance};
}

/// A game of tiny images, and metrics of it.
struct ImageGame {
  TrainOptions options;
  Greys train{64}, again{64}, reporting{40}, steering{40, 0.5};
  Greys metrics_reporting{40}, metrics_steering{40, 0.5}, metrics_train{64};
  std::shared_ptr<Pixels> pixels = std::make_shared<Pixels>();
  KeepRecords sink;
  std::vector<int64_t> best;  // moments
  Schedule schedule{.samples = 20 * kBatch, .record_every = kBatch, .evaluate_every = 10 * kBatch};
  MetricSettings settings;
  std::unique_ptr<MetricObserver> observer;
  std::unique_ptr<Trainer> trainer;

  ImageGame() {
    options.network = "dcgan";
    options.batch_size = kBatch;
    options.latent_dim = 4;
    options.generator_width = options.discriminator_width = 4;
    schedule.metrics_every = 4 * kBatch;
    schedule.checkpoint_every = 10 * kBatch;
    settings.kinds = {far_kind()};
    settings.features = pixels;
    settings.reporting = &metrics_reporting;
    settings.steering = &metrics_steering;
    settings.train = &metrics_train;
    settings.samples = 300;
    settings.compute = [](const auto&, const MetricInput& input, const MetricOptions& o) {
      return mean_distance(input, o);
    };
  }

  Game game() {
    NetworkOptions networks;
    networks.family = options.network;
    networks.shape = {1, 8, 8};
    networks.latent_dim = options.latent_dim;
    networks.generator_width = networks.discriminator_width = 4;
    Game game;
    game.generator = make_generator(networks, 5);
    game.discriminator = make_discriminator(networks, 5);
    game.average = make_generator(networks, 5);
    game.objective = &find_objective(options.objective);
    game.train = &train;
    game.train_again = &again;
    game.reporting = &reporting;
    game.steering = &steering;
    game.sink = &sink;
    return game;
  }

  void make(bool measured = true) {
    Game players = game();
    if (measured) observer = std::make_unique<MetricObserver>(settings);
    if (measured) players.observers = {observer.get()};
    trainer = std::make_unique<Trainer>(std::move(players), options, at::kCPU);
  }

  TrainHooks hooks() {
    TrainHooks all;
    all.best = [this](const Checkpoint& generator) { best.push_back(generator.samples); };
    return all;
  }

  /// Plays a game of its own to the end; returns its last checkpoint.
  Checkpoint play(bool measured = true) {
    make(measured);
    trainer->run(schedule, hooks());
    return trainer->checkpoint();
  }

  std::vector<Record> records(const std::string& begin, bool with = true) const {
    std::vector<Record> found;
    for (const Record& record : sink.records)
      if (record.name.starts_with(begin) == with) found.push_back(record);
    return found;
  }
};

void expect_same_records(const std::vector<Record>& a, const std::vector<Record>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].name, b[i].name);
    EXPECT_EQ(a[i].samples, b[i].samples) << a[i].name;
    for (double Record::* number : {&Record::value, &Record::lower, &Record::upper, &Record::standard_error})
      EXPECT_TRUE(a[i].*number == b[i].*number || (std::isnan(a[i].*number) && std::isnan(b[i].*number))) << a[i].name;
  }
}

/// A game whose metric on the rows that steer takes these values in turn; on the others it gets better all the time.
struct ToldGame : ImageGame {
  explicit ToldGame(const std::vector<double>& told, int better = -1) {
    settings.kinds = {far_kind(better)};
    settings.best_by = "far";
    settings.compute = [this, told](const auto&, const MetricInput& input, const MetricOptions&) {
      const bool steers = input.p[0][0].item<double>() > 0.4;
      const double value = steers ? told.at(turn++) : -static_cast<double>(turn);
      return std::vector<MetricValue>{
          {.name = "far", .estimate = value, .lower = value - 0.196, .upper = value + 0.196, .expected = 0.5}};
    };
  }
  size_t turn = 0;

  /// The moments that were kept, by their numbers from 0.
  std::vector<int64_t> kept() {
    play();
    std::vector<int64_t> numbers;
    for (const int64_t samples : best) numbers.push_back(samples / schedule.metrics_every - 1);
    return numbers;
  }
};

std::string refusal_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST(MetricObserver, ChangesNoOtherNumberOfARun) {
  ImageGame with, without;
  with.settings.best_by = "far";
  const Checkpoint a = with.play(), b = without.play(/*measured=*/false);
  EXPECT_FALSE(with.records("metrics/").empty());
  expect_same_records(with.records("metrics/", false), without.sink.records);
  for (const auto& [name, tensor] : b.tensors)
    EXPECT_TRUE(at::equal(at::nan_to_num(tensor), at::nan_to_num(a.tensors.at(name)))) << name;
}

TEST(MetricObserver, RecordsIntervalsOnItsGridAndAtTheEnd) {
  ImageGame game;
  game.schedule.samples = 10 * kBatch;
  game.play();
  std::vector<int64_t> moments;
  for (const Record& record : game.records("metrics/far")) {
    if (record.name != "metrics/far") continue;
    moments.push_back(record.samples / kBatch);
    EXPECT_NEAR(record.upper - record.lower, 0.004, 1e-12);
    EXPECT_TRUE(record.lower < record.value && record.value < record.upper);
  }
  EXPECT_EQ(moments, (std::vector<int64_t>{4, 8, 10}));
  for (const Record& record : game.records("metrics/far/expected")) EXPECT_EQ(record.value, 0.001);
  EXPECT_EQ(game.records("metrics/far/expected").size(), 3);
  EXPECT_TRUE(game.records("metrics/far/p_value").empty());
}

TEST(MetricObserver, TakesFeaturesOfTheDataOnceAndOfNoMoreThanABlockOfImages) {
  ImageGame game;
  game.schedule.samples = 8 * kBatch;
  game.play();
  // 40 held-out images once; 300 of the generator at two moments
  EXPECT_EQ(game.pixels->blocks, (std::vector<int64_t>{40, 256, 44, 256, 44}));
}

TEST(MetricObserver, ShowsTheAverageRoundedToBytes) {
  ImageGame game;
  Tensor fake;
  game.schedule.samples = 4 * kBatch;
  game.settings.compute = [&](const auto&, const MetricInput& input, const MetricOptions&) {
    fake = input.q;
    return std::vector<MetricValue>{};
  };
  const Checkpoint end = game.play();
  EXPECT_TRUE(at::allclose((fake + 1) * 127.5, ((fake + 1) * 127.5).round(), 0, 1e-4));
  NetworkOptions networks;
  networks.family = "dcgan";
  networks.shape = {1, 8, 8};
  networks.latent_dim = 4;
  networks.generator_width = 4;
  const auto average = make_generator(networks, 1);
  const at::NoGradGuard no_grad;
  for (auto& [name, parameter] : average->parameters()) parameter.copy_(end.tensors.at("average." + name));
  for (const auto& [name, buffer] : average->buffers()) buffer.copy_(end.tensors.at("average." + name));
  Rng rng = make_rng(0, "metrics " + std::to_string(4 * kBatch));
  const Tensor again = generate(*average, 4, 256, rng, at::kCPU).flatten(1).slice(1, 0, 4);
  EXPECT_LT((again - fake.slice(0, 0, 256)).abs().max().item<double>(), 1 / 255.0 + 1e-4);
}

TEST(MetricObserver, GoesOnExactly) {
  ImageGame whole, first, second;
  for (ImageGame* game : {&whole, &first, &second}) game->settings.best_by = "far";
  const Checkpoint end = whole.play();
  first.make();
  TrainHooks hooks = first.hooks();
  std::optional<Checkpoint> middle;
  hooks.save = [&](const Checkpoint& checkpoint) {
    if (middle) return;
    middle = checkpoint;
    for (auto& [name, tensor] : middle->tensors) tensor = tensor.clone();  // the game goes on in them
  };
  first.trainer->run(first.schedule, hooks);
  second.make();
  second.trainer->restore(*middle);
  second.trainer->run(second.schedule, second.hooks());
  const auto all = whole.records("metrics/"), rest = second.records("metrics/");
  ASSERT_LT(rest.size(), all.size());
  expect_same_records({all.end() - static_cast<int64_t>(rest.size()), all.end()}, rest);
  EXPECT_TRUE(at::equal(end.tensors.at("metrics.best"), second.trainer->checkpoint().tensors.at("metrics.best")));
  std::vector<int64_t> kept = whole.best;
  std::erase_if(kept, [&](int64_t samples) { return samples <= middle->samples; });
  EXPECT_EQ(second.best, kept);
}

TEST(MetricObserver, KeepsTheLatestWithinOneStandardErrorOfTheBestOnRowsThatSteer) {
  // standard error 0.1; moments: the first; better; within an error of it; worse; better
  EXPECT_EQ(ToldGame({3, 2, 2.05, 2.2, 1}).kept(), (std::vector<int64_t>{0, 1, 2, 4}));
  EXPECT_EQ(ToldGame({3, 2, 2.05, 2.2, 1}, /*better=*/1).kept(), (std::vector<int64_t>{0}));
  EXPECT_EQ(ToldGame({0.1, 0.9, 0.7, 0.4, 2}, /*better=*/0).kept(), (std::vector<int64_t>{0, 1, 2, 3}));
}

TEST(MetricObserver, TakesNoMomentWithoutAValueForTheBest) {
  EXPECT_EQ(ToldGame({kNone, 2, kNone, 1, 3}).kept(), (std::vector<int64_t>{1, 3}));
}

TEST(MetricObserver, LeavesTheBestToTheCriticUnlessAsked) {
  ImageGame game;
  game.play();
  EXPECT_TRUE(game.best.empty());
}

TEST(MetricObserver, GivesTrainingImagesToWhatNeedsThem) {
  ImageGame game;
  std::set<int64_t> rows;
  game.settings.kinds = {far_kind(-1, MetricNeeds::training_features)};
  game.settings.compute = [&](const auto&, const MetricInput& input, const MetricOptions&) {
    rows.insert(input.train.defined() ? input.train.size(0) : 0);
    return std::vector<MetricValue>{};
  };
  game.play();
  EXPECT_EQ(rows, (std::set<int64_t>{64}));
  game.settings.train = nullptr;
  EXPECT_NE(refusal_of([&] { game.make(); }).find("expected training images"), std::string::npos);
}

TEST(MetricObserver, SaysWhereFeaturesAreNotFinite) {
  ImageGame game;
  game.schedule.samples = 4 * kBatch;
  game.pixels->spoilt = true;
  game.play();
  EXPECT_TRUE(game.records("metrics/").empty());
  ASSERT_EQ(game.records("metrics").size(), 1);
  EXPECT_NE(game.records("metrics")[0].text.find("not finite"), std::string::npos);
}

TEST(MetricObserver, RefusesTooFewRowsBeforeTheRun) {
  ImageGame game;
  game.settings.kinds[0].fewest = 41;
  EXPECT_NE(refusal_of([&] { game.make(); }).find("at least 41 rows in the reporting half of select, got 40"),
            std::string::npos);
  game.settings.kinds[0].fewest = 30;
  game.settings.samples = 20;
  EXPECT_NE(refusal_of([&] { game.make(); }).find("at least 30 generated images, got 20"), std::string::npos);
}

TEST(MetricObserver, RefusesToGoOnWithOtherFeatures) {
  ImageGame game, other;
  const Checkpoint end = game.play();
  other.settings.features = std::make_shared<Pixels>("fedcba9876543210");
  other.make();
  EXPECT_NE(refusal_of([&] { other.trainer->restore(end); }).find("expected the features 0123456789abcdef"),
            std::string::npos);
}

TEST(FindMetrics, NamesWhatIsUnknownOrStandsTwice) {
  EXPECT_TRUE(find_metrics({}, "--metrics").empty());
  EXPECT_NE(refusal_of([] { find_metrics({"no_such"}, "--metrics"); }).find("--metrics: unknown metric 'no_such'"),
            std::string::npos);
  for (const std::string& name : metric_names()) {
    EXPECT_EQ(find_metrics({name}, "--metrics").front().name, name);
    EXPECT_NE(refusal_of([&] { find_metrics({name, name}, "--metrics"); }).find("twice"), std::string::npos);
  }
}

}  // namespace saddle
