// Stands for Gloo's header of this name: LibTorch's declarations of its Gloo need no more of it.
#pragma once
