// Draws samples from an untrained generator and writes them as a picture, with an installed Saddle.
#include <ATen/core/grad_mode.h>

#include <iostream>

#include "saddle/base/rng.h"
#include "saddle/base/version.h"
#include "saddle/io/file.h"
#include "saddle/io/image.h"
#include "saddle/networks/network.h"
#include "saddle/report/grid.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  saddle::NetworkOptions options;
  options.family = "dcgan";
  options.shape = {3, 16, 16};
  const auto generator = saddle::make_generator(options, /*seed=*/1);
  saddle::Rng rng = saddle::make_rng(1, "latents");
  const at::NoGradGuard no_grad;
  const saddle::Tensor x = generator->forward(saddle::randn({4, options.latent_dim}, rng));
  saddle::write_file(argv[1], saddle::encode_png(saddle::image_grid(x, /*columns=*/2)));
  std::cout << "saddle " << saddle::version() << " made " << x.sizes() << "\n";
}
