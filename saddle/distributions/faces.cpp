// Implements the cartoon faces: shapes as signed distances, painted back to front.
#include "saddle/distributions/faces.h"

#include <array>

#include "saddle/base/error.h"
#include "saddle/distributions/drawing.h"

namespace saddle {
namespace {

using namespace drawing;

constexpr float kEdge = 0.91F;         // of the picture, from its middle
constexpr Point kMiddle = {0, 0.08F};  // of the face, in the picture
constexpr float kTau = 6.2831853F;

/// The colour at t in [0, 1] on a ramp of evenly spaced colours.
template <size_t N>
Colour ramp(const std::array<Colour, N>& colours, float t) {
  const float place = unit(t) * (N - 1);
  const auto i = std::min<size_t>(static_cast<size_t>(place), N - 2);
  return mix(colours[i], colours[i + 1], place - static_cast<float>(i));
}

constexpr std::array<Colour, 4> kSkin = {{{255, 226, 202}, {236, 184, 140}, {172, 112, 66}, {96, 60, 38}}};
constexpr std::array<Colour, 5> kHair = {{{34, 28, 32}, {92, 58, 36}, {168, 70, 34}, {232, 192, 104}, {206, 206, 214}}};
constexpr std::array<Colour, 4> kEyes = {{{92, 54, 26}, {140, 112, 44}, {56, 140, 84}, {60, 124, 208}}};

Colour hue(float t, float saturation, float value) {
  const auto channel = [&](float offset) {
    const float k = std::fmod(offset + 6 * t, 6.0F);
    return 255 * value * (1 - saturation * std::clamp(std::min(k, 4 - k), 0.0F, 1.0F));
  };
  return {channel(5), channel(3), channel(1)};
}

/// Paints one face, back to front. The head's frame has its origin in the middle of the face.
class Painter {
 public:
  Painter(const FaceFactors& factors, int64_t size)
      : f_(factors), canvas_(size, kEdge), skin_(ramp(kSkin, f_.skin)), hair_(ramp(kHair, f_.hair_colour)) {
    const float angle = f_.light_from * 1.25F;
    light_ = {std::sin(angle), -std::cos(angle)};
    strength_ = between(0.06F, 0.5F, f_.light_strength);
    head_ = {between(0.44F, 0.56F, f_.cheeks), 0.62F};
    look_ = {0.15F * f_.turn, 0.1F * f_.nod};
    eye_ = between(0.105F, 0.175F, f_.eye_size);
    spacing_ = between(0.185F, 0.265F, f_.eye_spacing);
  }

  std::vector<uint8_t> paint() {
    background();
    canvas_.move_to(kMiddle, 0.245F * f_.tilt);
    back_hair();
    canvas_.move_to(kMiddle, 0);
    body();
    canvas_.move_to(kMiddle, 0.245F * f_.tilt);
    head();
    for (const float side : {-1.0F, 1.0F}) eye(side);
    nose();
    mouth();
    front_hair();
    if (f_.glasses != Glasses::none) glasses();
    return canvas_.bytes();
  }

 private:
  /// The colour of a surface that curves away from p = 0, lit from the light's side.
  Colour lit(Colour c, Point p) const {
    return c * (1 + strength_ * std::clamp(1.5F * (p.x * light_.x + p.y * light_.y) - 0.1F, -1.0F, 0.7F));
  }

  void background() {
    const Colour c = hue(f_.background, 0.36F, 0.9F);
    canvas_.paint(
        kEverywhere, [](Point) { return -1.0F; },
        [&](Point p) { return c * (1 + 0.35F * strength_ * (p.x * light_.x + p.y * light_.y) - 0.08F * p.y); });
  }

  void body() {
    const Colour c = hue(f_.clothes, 0.6F, 0.72F);
    canvas_.paint(
        {-0.3F, 0.3F, 0.3F, 0.95F}, [](Point p) { return rounded_box(p - Point{0, 0.6F}, {0.19F, 0.3F}, 0.1F); },
        [&](Point p) { return lit(skin_ * 0.84F, p); });
    canvas_.paint(
        {-1.1F, 0.6F, 1.1F, 1.2F},
        [](Point p) {
          return std::max(ellipse(p - Point{0, 1.06F}, {0.86F, 0.46F}), -ellipse(p - Point{0, 0.56F}, {0.24F, 0.16F}));
        },
        [&](Point p) { return lit(c, p - Point{0, 0.7F}); });
  }

  void head() {
    for (const float side : {-1.0F, 1.0F}) {
      const Point ear = {side * (head_.x - 0.01F) - 0.3F * look_.x, 0.06F - 0.5F * look_.y};
      canvas_.paint(
          {ear.x - 0.12F, ear.y - 0.16F, ear.x + 0.12F, ear.y + 0.16F},
          [&](Point p) { return ellipse(p - ear, {0.09F, 0.13F}); }, [&](Point p) { return lit(skin_ * 0.88F, p); });
    }
    canvas_.paint(
        {-head_.x, -head_.y, head_.x, head_.y}, [&](Point p) { return face(p); },
        [&](Point p) { return lit(skin_, p); });
    const Colour blush = mix(skin_, {230, 80, 80}, 0.5F);
    for (const float side : {-1.0F, 1.0F}) {
      const Point cheek = {side * 0.3F + look_.x, 0.24F + look_.y};
      canvas_.paint(
          {cheek.x - 0.13F, cheek.y - 0.13F, cheek.x + 0.13F, cheek.y + 0.13F},
          [&](Point p) { return std::max(circle(p - cheek, 0.11F), face(p)); }, [&](Point p) { return lit(blush, p); },
          0.35F);
    }
  }

  /// The outline of the face: an ellipse with a narrower chin.
  float face(Point p) const { return ellipse({p.x * (1 + 0.22F * std::max(p.y, 0.0F)), p.y}, head_); }

  void eye(float side) {
    const Point at = {side * spacing_ + look_.x, -0.03F + look_.y};
    const Point radii = {eye_, eye_ * 1.08F};
    const Box box = {at.x - eye_ - 0.03F, at.y - eye_ - 0.06F, at.x + eye_ + 0.03F, at.y + eye_ + 0.03F};
    const auto plain = [](Colour c) { return [c](Point) { return c; }; };
    canvas_.paint(
        box, [&](Point p) { return ellipse(p - Point{at.x, at.y - 0.028F}, {radii.x + 0.012F, radii.y + 0.008F}); },
        plain(mix(skin_ * 0.4F, {30, 20, 20}, 0.5F)));
    canvas_.paint(box, [&](Point p) { return ellipse(p - at, radii); }, plain({252, 252, 250}));
    const Point iris = {at.x + 0.25F * look_.x, at.y + 0.15F * look_.y + 0.005F};
    canvas_.paint(box, [&](Point p) { return circle(p - iris, eye_ * 0.74F); }, plain(ramp(kEyes, f_.eye_colour)));
    canvas_.paint(box, [&](Point p) { return circle(p - iris, eye_ * 0.4F); }, plain({16, 14, 18}));
    const Point glint = {iris.x + 0.28F * eye_ * (f_.light_from > 0 ? 1.0F : -1.0F), iris.y - 0.3F * eye_};
    canvas_.paint(box, [&](Point p) { return circle(p - glint, eye_ * 0.2F); }, plain({255, 255, 255}));

    const float y = at.y - eye_ - between(0.05F, 0.15F, f_.brow_height), rise = 0.075F * f_.brow_angle;
    const Point inner = {at.x - side * 0.12F, y + rise}, outer = {at.x + side * 0.12F, y - rise};
    canvas_.paint(
        {at.x - 0.2F, y - 0.16F, at.x + 0.2F, y + 0.16F}, [&](Point p) { return segment(p, inner, outer, 0.034F); },
        plain(mix(hair_, {30, 22, 20}, 0.45F)));
  }

  void nose() {
    const Point at = {1.5F * look_.x, 0.19F + 1.4F * look_.y};
    canvas_.paint(
        {at.x - 0.1F, at.y - 0.1F, at.x + 0.1F, at.y + 0.1F},
        [&](Point p) { return ellipse(p - at, {0.075F, 0.055F}); },
        [&](Point p) { return lit(mix(skin_ * 0.8F, {190, 70, 60}, 0.15F), p); });
    canvas_.paint(
        {at.x - 0.1F, at.y - 0.2F, at.x + 0.1F, at.y + 0.1F},
        [&](Point p) { return ellipse(p - Point{at.x, at.y - 0.025F}, {0.055F, 0.05F}); },
        [&](Point p) { return lit(skin_ * 1.06F, p); });
  }

  void mouth() {
    const Point at = {1.15F * look_.x, 0.385F + 1.1F * look_.y - 0.02F * f_.smile};
    const float half = between(0.13F, 0.25F, f_.mouth_width), bend = 0.62F * half * f_.smile;
    const float open = between(0.0F, 0.125F, f_.mouth_open);
    // The lips follow a parabola; the opening grows from it downwards, and closes at the corners.
    const auto lips = [&](Point p, float grow) {
      const Point q = p - at;
      const float t = std::min(std::fabs(q.x) / half, 1.0F), middle = bend * (0.5F - t * t);
      const float gape = open * (1 - t * t), slope = 2 * bend * t / half;
      const float across = std::fabs(q.y - middle - gape * 0.4F) - gape - grow;
      return std::max(across / std::sqrt(1 + slope * slope), std::fabs(q.x) - half - grow);
    };
    const Box box = {at.x - half - 0.06F, at.y - 0.22F, at.x + half + 0.06F, at.y + 0.32F};
    canvas_.paint(
        box, [&](Point p) { return lips(p, 0.032F); },
        [&](Point p) { return lit(mix(skin_ * 0.7F, {190, 40, 56}, 0.62F), p); });
    if (open < 0.012F) return;
    const auto inside = [&](Point p) { return lips(p, -0.004F); };
    canvas_.paint(box, inside, [](Point) { return Colour{88, 16, 28}; });
    const auto arc = [&](Point p) { return at.y + bend * (0.5F - (p.x - at.x) * (p.x - at.x) / (half * half)); };
    canvas_.paint(
        box, [&](Point p) { return std::max(inside(p), p.y - arc(p) + 0.1F * open); },
        [](Point) { return Colour{250, 248, 242}; });
  }

  /// The outline of hair that lies on the head.
  float cap(Point p) const { return ellipse(p - Point{0, -0.06F}, {head_.x + 0.07F, 0.68F}); }

  void back_hair() {
    const auto paint = [&](const auto& distance) {
      canvas_.paint({-1, -1.1F, 1, 1}, distance, [&](Point p) { return lit(hair_ * 0.82F, p); });
    };
    const float wide = head_.x + 0.12F;
    if (f_.hair_style == HairStyle::long_straight)
      paint([&](Point p) { return rounded_box(p - Point{0, 0.1F}, {wide + 0.04F * p.y, 0.84F}, 0.5F); });
    if (f_.hair_style == HairStyle::fringe)
      paint([&](Point p) { return rounded_box(p - Point{0, -0.12F}, {wide, 0.62F}, 0.42F); });
    if (f_.hair_style == HairStyle::bun) paint([](Point p) { return circle(p - Point{0, -0.74F}, 0.21F); });
    if (f_.hair_style == HairStyle::curly)
      paint([&](Point p) {
        const Point q = p - Point{0, -0.16F};
        return circle({q.x * 0.74F / (head_.x + 0.23F), q.y}, 0.74F + 0.045F * std::cos(11 * std::atan2(q.y, q.x)));
      });
  }

  /// The height of the hairline above x, seen from the front.
  float hairline(float x) const {
    switch (f_.hair_style) {
      case HairStyle::cropped:
        return -0.36F + 0.9F * x * x;
      case HairStyle::parted:
        return -0.46F + (x < -0.16F ? -0.95F : 0.5F) * (x + 0.16F);
      case HairStyle::long_straight:
        return -0.52F + 0.95F * std::fabs(x);
      case HairStyle::curly:
        return -0.34F + 0.55F * x * x + 0.03F * std::cos(26 * x);
      case HairStyle::fringe:
        return -0.24F + 0.12F * x * x;
      case HairStyle::bun:
        return -0.42F + 0.75F * x * x;
      case HairStyle::bald:
        break;
    }
    return -2;
  }

  void front_hair() {
    if (f_.hair_style == HairStyle::bald) return;
    canvas_.paint(
        {-0.75F, -0.8F, 0.75F, 0.3F},
        [&](Point p) { return std::max(cap(p), 0.8F * (p.y - look_.y - hairline(p.x - look_.x))); },
        [&](Point p) { return lit(hair_ * (1.04F + 0.1F * std::cos(3 * kTau * (p.x - look_.x))), p); });
  }

  void glasses() {
    const float radius = std::max(eye_ + 0.035F, 0.165F), thick = 0.026F, y = -0.02F + look_.y;
    const bool round = f_.glasses == Glasses::round;
    const auto lens = [&](Point p) {
      const Point q = {std::fabs(p.x - look_.x) - spacing_ - 0.01F, p.y - y};
      return round ? circle(q, radius) : rounded_box(q, {radius + 0.015F, radius * 0.82F}, 0.045F);
    };
    const Box box = {-0.75F, y - 0.3F, 0.75F, y + 0.3F};
    canvas_.paint(box, lens, [](Point) { return Colour{225, 240, 255}; }, 0.22F);
    const auto frame = [&](Point p) {
      const float bridge = std::max(std::fabs(p.y - y + 0.03F) - thick, std::fabs(p.x - look_.x) - spacing_);
      const float arms = std::max(
          {std::fabs(p.y - y + 0.05F) - thick, spacing_ - std::fabs(p.x - look_.x), std::fabs(p.x) - head_.x - 0.02F});
      const float glass = lens(p);
      return std::min(std::fabs(glass) - thick, std::max(std::min(bridge, arms), -glass));
    };
    canvas_.paint(box, frame, [&](Point p) { return lit(Colour{44, 36, 48}, p); });
  }

  FaceFactors f_;
  Canvas canvas_;
  Colour skin_, hair_;
  Point light_, head_, look_;  // direction to the light, half axes of the head, shift of the features
  float strength_, eye_, spacing_;
};

}  // namespace

FaceFactors draw_face_factors(Rng& rng) {
  const Tensor draws = rand({23}, rng);
  const float* u = draws.const_data_ptr<float>();
  const auto next = [&u] { return *u++; };
  const auto signed_next = [&u] { return 2 * *u++ - 1; };
  const auto triangular = [&u] {
    u += 2;
    return u[-2] + u[-1] - 1;
  };
  FaceFactors f;
  f.turn = triangular();
  f.nod = triangular();
  f.tilt = triangular();
  f.skin = next();
  f.cheeks = next();
  f.hair_style = static_cast<HairStyle>(std::min<int64_t>(static_cast<int64_t>(next() * kHairStyles), kHairStyles - 1));
  f.hair_colour = next();
  f.eye_size = next();
  f.eye_spacing = next();
  f.eye_colour = next();
  f.brow_angle = signed_next();
  f.brow_height = next();
  f.smile = between(-0.4F, 1.0F, next());
  f.mouth_open = next();
  f.mouth_width = next();
  const float worn = next();
  f.glasses = worn < 0.6F ? Glasses::none : worn < 0.8F ? Glasses::round : Glasses::square;
  f.light_from = signed_next();
  f.light_strength = next();
  f.background = next();
  f.clothes = next();
  return f;
}

FaceFactors face_factors(uint64_t seed, int64_t i) {
  Rng rng = make_rng(seed, "face " + std::to_string(i));
  return draw_face_factors(rng);
}

Tensor render_face(const FaceFactors& factors, int64_t size) {
  if (size < 8 || size > 4096) throw Error("faces: expected a size from 8 to 4096 pixels, got " + std::to_string(size));
  const std::vector<uint8_t> bytes = Painter(factors, size).paint();
  Tensor pixels = at::empty({size, size, 3}, at::kByte);
  std::copy(bytes.begin(), bytes.end(), pixels.mutable_data_ptr<uint8_t>());
  return pixels;
}

}  // namespace saddle
