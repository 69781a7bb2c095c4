// Tests of features from TorchScript files, on programs of a few lines.
#include "saddle/features/torchscript.h"

#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>

#include "tests/data/temp_folder.h"
#include "tests/support/files.h"

namespace saddle {
namespace {

using testing_support::message_of, testing_support::put_file;

/// A program: its function `forward`, saved in a folder that goes with it.
class Program {
 public:
  explicit Program(const std::string& source) {
    torch::jit::Module module("Features", std::make_shared<torch::jit::CompilationUnit>());
    module.register_attribute("training", c10::BoolType::get(), true);
    module.define(source);
    module.save(path());
  }

  std::string path() const { return folder_ / "features.pt"; }

  std::shared_ptr<const FeatureNetwork> open(const std::vector<int64_t>& shape) const {
    return open_features(path(), {.shape = shape, .allow_code = true});
  }

  std::string refusal() const {
    return message_of([&] { open({3, 16, 16}); });
  }

 private:
  TempFolder folder_;
};

const char* const kMeans = R"(
def forward(self, x):
    return x.mean([2, 3])
)";

TEST(TorchScriptFeatures, AreOfImagesFrom0To255InThreeChannels) {
  const Program program(kMeans);
  const auto colour = program.open({3, 16, 16});
  EXPECT_EQ(colour->facts().dimension, 3);
  EXPECT_EQ(colour->facts().name, "features.pt");
  Tensor x = at::full({1, 3, 16, 16}, -1.0);
  x.slice(1, 1, 2).fill_(1);
  x.slice(1, 2, 3).fill_(100.2 / 127.5 - 1);  // rounded to 100
  EXPECT_TRUE(at::allclose(colour->features(x), at::tensor({0.0F, 255.0F, 100.0F}).view({1, 3})));
  const auto grey = program.open({1, 16, 16});
  EXPECT_TRUE(at::allclose(grey->features(at::full({1, 1, 16, 16}, 7.0)), at::full({1, 3}, 255.0)));  // clamped
  const auto transparent = program.open({4, 16, 16});
  EXPECT_TRUE(at::allclose(transparent->features(at::full({1, 4, 16, 16}, -1.0)), at::zeros({1, 3})));
}

TEST(TorchScriptFeatures, AreAskedForByTheArgumentOfInception) {
  const Program program(R"(
def forward(self, x, return_features: bool = False):
    if return_features:
        return x.mean([2, 3])
    return x.mean([1, 2, 3])
)");
  EXPECT_EQ(program.open({3, 16, 16})->facts().dimension, 3);
}

TEST(TorchScriptFeatures, AreComputedInEvaluation) {
  const Program program(R"(
def forward(self, x):
    y = x.mean([2, 3])
    if self.training:
        y = y - y.mean(0)
    return y
)");
  EXPECT_TRUE(at::allclose(program.open({3, 16, 16})->features(at::ones({70, 3, 16, 16})), at::full({70, 3}, 255.0)));
}

TEST(TorchScriptFeatures, HaveTheHashOfTheFile) {
  const Program one(kMeans), other(R"(
def forward(self, x):
    return x.mean([2])[:, 0]
)");
  EXPECT_EQ(one.open({3, 16, 16})->facts().hash, one.open({1, 8, 8})->facts().hash);
  EXPECT_NE(one.open({3, 16, 16})->facts().hash, other.open({3, 16, 16})->facts().hash);
}

TEST(TorchScriptFeatures, AreNotOpenedWithoutLeave) {
  const Program program(kMeans);
  EXPECT_EQ(message_of([&] { open_features(program.path(), {.shape = {3, 16, 16}}); }),
            program.path() +
                ": expected leave to run it, got none: a TorchScript file is a program (--allow-code, if "
                "you trust where it comes from)");
}

TEST(TorchScriptFeatures, RefuseWhatIsNoTorchScript) {
  const TempFolder folder;
  const std::string path = folder / "weights.pt";
  for (const std::string& bytes : {std::string(), std::string("hello"), std::string("PK\x03\x04 and no more")}) {
    put_file(path, bytes);
    EXPECT_EQ(message_of([&] { open_features(path, {.shape = {3, 16, 16}, .allow_code = true}); }),
              path + ": expected a TorchScript file (torch.jit.save), got something else or a damaged one");
  }
}

TEST(TorchScriptFeatures, RefuseAnotherShapeThanATable) {
  EXPECT_TRUE(Program("def forward(self, x):\n    return x\n")
                  .refusal()
                  .ends_with("expected features [3, d], got Float [3, 3, 16, 16]"));
  EXPECT_TRUE(Program("def forward(self, x):\n    return x.mean([2, 3])[:2]\n")
                  .refusal()
                  .ends_with("expected features [3, d], got Float [2, 3]"));
  EXPECT_TRUE(Program("def forward(self, x):\n    return x.mean([2, 3]), 1\n")
                  .refusal()
                  .ends_with("expected a network that returns one tensor, got a Tuple"));
}

TEST(TorchScriptFeatures, RefuseAProgramThatFailsWithoutItsWords) {
  const std::string message = Program("def forward(self, x):\n    return x.view([7, 7])\n").refusal();
  EXPECT_TRUE(message.ends_with(
      "expected a network of images [3, 3, 16, 16] with float32 values from 0 to 255, got one that fails on them"))
      << message;
}

TEST(TorchScriptFeatures, RefuseFeaturesThatDependOnTheOthers) {
  const std::string message = Program("def forward(self, x):\n    return x.mean([2, 3]) - x.mean()\n").refusal();
  EXPECT_NE(message.find("expected features of an image that do not depend on the others"), std::string::npos)
      << message;
}

}  // namespace
}  // namespace saddle
