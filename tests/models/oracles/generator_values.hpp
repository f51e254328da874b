// The first numbers of generator.py, to be met by generator.hpp.
// Made by: python3 generator_values.py (Python 3.11.7, numpy 2.4.6); change the script, not this file.

#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "../generator.hpp"

namespace oracle::generator_values {

// bits(seed, index) for index 0 … 3, as two's complement
inline constexpr std::int64_t bits_of_seed_0[] = {
    -6411193824288604561, -5511663747979980962, 7141179953334974231, -6338048412857661178};
inline constexpr std::int64_t bits_of_seed_1[] = {
    6791897765849424158, -1041056189838986770, 834844254806117752, -4105564205054022743};
inline constexpr std::int64_t bits_of_seed_large[] = {
    4879448615524421852, -8817748586836337088, 4493702718902383569, -6590652039492596951};
inline constexpr std::int64_t large_seed = -6101065172474983726;  // as two's complement
inline constexpr double uniform_of_seed_1[] = {
    -0.2636209686966611, 0.8871284617297088, -0.9094860045252167, 0.5548738369601705, -0.5617697397371626,
    0.5487983433344032};

// scale 0.03
inline constexpr double scaled_of_seed_1[] = {
    -0.007908629060899832, 0.026613853851891262, -0.0272845801357565, 0.016646215108805113, -0.016853092192114876,
    0.016463950300032098};

// rounded to float
inline constexpr double float_of_seed_1[] = {
    -0.2636209726333618, 0.887128472328186, -0.9094859957695007, 0.5548738241195679, -0.5617697238922119,
    0.5487983226776123};

// below 10
inline constexpr std::int64_t integers_of_seed_1[] = {8, 6, 2, 3, 7, 0, 9, 9, 9, 3, 2, 7};
inline constexpr double mean_of_100000 = 0.00031804194756524483;  // seed 7; the sum's order may move the last digits
inline constexpr double variance_of_100000 = 0.33314787164814397;  // 1/3 in the limit

}  // namespace oracle::generator_values
