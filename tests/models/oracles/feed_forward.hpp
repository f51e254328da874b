// A net (64, 1000) -> 100 relu -> 10 with loss = sum((y_pred - y)^2), 500 steps, by hand in NumPy.
// Made by: python3 feed_forward.py (Python 3.11.7, numpy 2.4.6, jax 0.10.2); change the script, not this file.

#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "../generator.hpp"

namespace oracle::feed_forward {

inline constexpr std::int64_t n = 64;
inline constexpr std::int64_t d_in = 1000;
inline constexpr std::int64_t h = 100;
inline constexpr std::int64_t d_out = 10;
inline constexpr std::int64_t steps = 500;

// w1 is (1000, 100) and w2 (100, 10): y_pred = relu(x w1 + b1) w2 + b2
inline constexpr std::int64_t seed_x = 51;
inline constexpr std::int64_t seed_y = 52;
inline constexpr std::int64_t seed_w1 = 53;
inline constexpr std::int64_t seed_b1 = 54;
inline constexpr std::int64_t seed_w2 = 55;
inline constexpr std::int64_t seed_b2 = 56;

// steps whose loss is stored, counted from 0
inline constexpr std::int64_t shown_steps[] = {0, 1, 2, 3, 5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 400, 499};

namespace by_hand {  // no biases, w1 and w2 in [-1, 1), w -= 1e-6 * gradient

inline constexpr double rate = 1e-06;

// before the shown steps, in float64
inline constexpr double loss[] = {
    1062780.837921765, 905357.0356721601, 802737.358217854, 731338.0955283166, 636018.3021065913,
    494299.89738341625, 326007.40293348406, 225476.0787764524, 119165.80521131709, 61359.69149879071,
    34990.31906731563, 13890.961338937297, 6503.031161500961, 1878.6012512461637, 683.3119229647232,
    295.8142108807868};

// the same by NumPy in float32
inline constexpr double loss_float[] = {
    1.0627808e+06, 905357.0, 802737.44, 731338.1, 636018.25, 494299.88, 326007.38, 225476.1, 119165.805, 61359.69,
    34990.32, 13890.964, 6503.0293, 1878.6008, 683.3119, 295.8137};
inline constexpr double float_deviation = 8.272802989783273e-08;  // largest distance of the two over all steps, by the first loss
inline constexpr double float_deviation_of_50 = 1.758493942752433e-07;  // largest relative distance over steps 0 to 50
inline constexpr sample first_grad_w1[] = {
    {0, -739.9474968022034}, {14285, 770.2096815997388}, {28571, -262.87736694524676},
    {42856, -441.01468398263523}, {57142, -50.7731286234116}, {71427, -34.36375301317911},
    {85713, -562.6096681843989}, {99999, -27.876157752572972}};
inline constexpr double first_grad_w1_sum = -234874.83280268824;
inline constexpr double first_grad_w1_abs_sum = 40439129.129271805;
inline constexpr double first_grad_w1_square_sum = 27701290233.790726;
inline constexpr sample first_grad_w2[] = {
    {0, 29923.345096141606}, {142, -10683.114405202008}, {285, 12080.746518698938}, {428, -773.0310977288242},
    {570, 23725.310428257668}, {713, -10013.633033987522}, {856, 5010.077197796343}, {999, -3725.5959930412682}};
inline constexpr double first_grad_w2_sum = 4638725.977411703;
inline constexpr double first_grad_w2_abs_sum = 9668608.799612481;
inline constexpr double first_grad_w2_square_sum = 147591349208.68768;
inline constexpr sample last_w1[] = {
    {0, 0.83604737847078}, {14285, -0.695873263396836}, {28571, -0.7670083440142721}, {42856, -0.7347035755745464},
    {57142, -0.4118451035175087}, {71427, 0.4049928349897307}, {85713, 0.7761352592244685},
    {99999, 0.126326113064041}};
inline constexpr double last_w1_sum = -11.764518493784166;
inline constexpr double last_w1_abs_sum = 49782.69155027733;
inline constexpr double last_w1_square_sum = 33077.44393612775;
inline constexpr sample last_w2[] = {
    {0, 0.601707304071948}, {142, -0.2783394034921291}, {285, 0.14280959320887784}, {428, -0.7406017648877451},
    {570, 0.4428184815605905}, {713, -0.5599665130975147}, {856, -0.2995764639903536}, {999, 0.3097953998742322}};
inline constexpr double last_w2_sum = 1.46383590175465;
inline constexpr double last_w2_abs_sum = 412.0221614883227;
inline constexpr double last_w2_square_sum = 235.66802986181835;
inline constexpr double float_weight_deviation = 4.396844151433044e-06;  // largest absolute distance of a weight in float32

}  // namespace by_hand

namespace linear_layers {  // biases, scales 0.03 for w1 and b1, 0.1 for w2 and b2, w -= 1e-4 * gradient

inline constexpr double rate = 0.0001;
inline constexpr double scale_1 = 0.03;  // of w1 and b1
inline constexpr double scale_2 = 0.1;  // of w2 and b2

// before the shown steps, in float64
inline constexpr double loss[] = {
    221.08609251535307, 215.27952991906142, 209.79065724220214, 204.573016139411, 194.9023648438152,
    174.21498159831685, 142.63332451017664, 118.63021201322707, 82.73832821540097, 51.76490096897106,
    31.516372938837527, 11.19783503102103, 4.0973323225655705, 0.6611108032690374, 0.13251290486069423,
    0.033018756561562335};

// the same by NumPy in float32
inline constexpr double loss_float[] = {
    221.08609, 215.27953, 209.79065, 204.57303, 194.90237, 174.21498, 142.63333, 118.63021, 82.73833, 51.764904,
    31.516373, 11.197836, 4.097333, 0.66111076, 0.13251296, 0.033018835};
inline constexpr double float_deviation = 8.96180667631533e-08;  // largest distance of the two over all steps, by the first loss
inline constexpr double float_deviation_of_50 = 1.160543356314936e-07;  // largest relative distance over steps 0 to 50
inline constexpr sample first_grad_w1[] = {
    {0, -0.9135728031689352}, {14285, -0.12407034059453474}, {28571, 1.2336403034548526},
    {42856, 1.2483919434201918}, {57142, -0.4802451001642952}, {71427, -1.2417107672329715},
    {85713, -0.0574454550192509}, {99999, 0.6080917186978155}};
inline constexpr double first_grad_w1_sum = -109.32430674745157;
inline constexpr double first_grad_w1_abs_sum = 55493.950424909155;
inline constexpr double first_grad_w1_square_sum = 49846.50525737609;
inline constexpr sample first_grad_b1[] = {
    {0, 1.1329222911435435}, {14, 2.4219407347468014}, {28, 0.21896607594088452}, {42, -1.6437253788191775},
    {56, -1.8305492693109087}, {70, 2.6218691542068218}, {84, -0.9120372290673977}, {99, 1.8166302891529742}};
inline constexpr double first_grad_b1_sum = 39.841086057188406;
inline constexpr double first_grad_b1_abs_sum = 130.82729237816724;
inline constexpr double first_grad_b1_square_sum = 268.97740694186547;
inline constexpr sample first_grad_w2[] = {
    {0, 4.470666479038524}, {142, -4.063456286036005}, {285, 0.1662777624708249}, {428, 3.5251383179936613},
    {570, 3.985798174356007}, {713, 1.4088057130485634}, {856, 3.4478314742279186}, {999, -0.5217524492175689}};
inline constexpr double first_grad_w2_sum = 507.4427283081752;
inline constexpr double first_grad_w2_abs_sum = 2126.503321912928;
inline constexpr double first_grad_w2_square_sum = 6879.858745068077;
inline constexpr sample first_grad_b2[] = {
    {0, 14.584570074625505}, {1, -5.066260277425559}, {2, -24.013578175531983}, {3, 14.116592442263942},
    {5, 15.096834689449853}, {6, 22.088119861179518}, {7, -5.1896449176576755}, {9, -15.710041981695666}};
inline constexpr double first_grad_b2_sum = 36.75519096252607;
inline constexpr double first_grad_b2_abs_sum = 136.71424166714783;
inline constexpr double first_grad_b2_square_sum = 2395.0590361564327;
inline constexpr sample last_w1[] = {
    {0, 0.021795063543623365}, {14285, -0.021466088864080583}, {28571, -0.02681214440860663},
    {42856, -0.032622983742012904}, {57142, -0.009255246671139987}, {71427, 0.016120324500259377},
    {85713, 0.028146620556290566}, {99999, 0.005367543158207}};
inline constexpr double last_w1_sum = -0.35870911362088487;
inline constexpr double last_w1_abs_sum = 1544.7428018457745;
inline constexpr double last_w1_square_sum = 32.65924893737953;
inline constexpr sample last_b1[] = {
    {0, 0.03130902868968394}, {14, 0.0005136795238542872}, {28, -0.001107872848201918},
    {42, -0.0063429838975311735}, {56, 0.0009562463847416308}, {70, 0.02894382544473066},
    {84, 0.04432493744748392}, {99, -0.013899438188610532}};
inline constexpr double last_b1_sum = 1.9279575642776634;
inline constexpr double last_b1_abs_sum = 2.2676813150419526;
inline constexpr double last_b1_square_sum = 0.07340560162720756;
inline constexpr sample last_w2[] = {
    {0, 0.11076018751842971}, {142, -0.025795641546429528}, {285, 0.02362947918389552},
    {428, -0.13543959490209664}, {570, 0.06116228334850814}, {713, -0.10822663011546531},
    {856, -0.04445149070128918}, {999, 0.03294875771887443}};
inline constexpr double last_w2_sum = 0.5057595611339109;
inline constexpr double last_w2_abs_sum = 67.1363903994226;
inline constexpr double last_w2_square_sum = 6.09762225092305;
inline constexpr sample last_b2[] = {
    {0, -0.06120491974676519}, {1, -0.06661868198535852}, {2, 0.023746573584636086}, {3, 0.08456425375536163},
    {5, 0.06964585944600442}, {6, 0.06336048483647824}, {7, 0.05449687455613812}, {9, -0.05719007447916769}};
inline constexpr double last_b2_sum = 0.10330237615069413;
inline constexpr double last_b2_abs_sum = 0.5536702828873606;
inline constexpr double last_b2_square_sum = 0.03368594375844194;
inline constexpr double float_weight_deviation = 2.210971165733655e-07;  // largest absolute distance of a weight in float32

}  // namespace linear_layers

namespace linear_layers_adam {  // the same start, Adam with rate 1e-4, beta 0.9 and 0.999, epsilon 1e-8

inline constexpr double rate = 0.0001;
inline constexpr double scale_1 = 0.03;  // of w1 and b1
inline constexpr double scale_2 = 0.1;  // of w2 and b2

// before the shown steps, in float64
inline constexpr double loss[] = {
    221.08609251535307, 215.4233125484351, 209.93347261911833, 204.60356876521203, 194.43408139961073,
    171.59052082200066, 134.72485169666516, 106.30222376792992, 65.39802535148486, 32.89165052927159,
    14.611845443053937, 1.8252087813987572, 0.13144091173135736, 0.00031959426813169553, 3.5083986327710743e-07,
    9.048954893405246e-10};

// the same by NumPy in float32
inline constexpr double loss_float[] = {
    221.08609, 215.42331, 209.93347, 204.60358, 194.43408, 171.59053, 134.72485, 106.30224, 65.39805, 32.891678,
    14.611867, 1.8252224, 0.13144003, 0.0003196242, 3.5084167e-07, 1.0328267e-09};
inline constexpr double float_deviation = 1.4025436883457417e-07;  // largest distance of the two over all steps, by the first loss
inline constexpr double float_deviation_of_50 = 3.596633435142297e-07;  // largest relative distance over steps 0 to 50
inline constexpr sample first_grad_w1[] = {
    {0, -0.9135728031689352}, {14285, -0.12407034059453474}, {28571, 1.2336403034548526},
    {42856, 1.2483919434201918}, {57142, -0.4802451001642952}, {71427, -1.2417107672329715},
    {85713, -0.0574454550192509}, {99999, 0.6080917186978155}};
inline constexpr double first_grad_w1_sum = -109.32430674745157;
inline constexpr double first_grad_w1_abs_sum = 55493.950424909155;
inline constexpr double first_grad_w1_square_sum = 49846.50525737609;
inline constexpr sample first_grad_b1[] = {
    {0, 1.1329222911435435}, {14, 2.4219407347468014}, {28, 0.21896607594088452}, {42, -1.6437253788191775},
    {56, -1.8305492693109087}, {70, 2.6218691542068218}, {84, -0.9120372290673977}, {99, 1.8166302891529742}};
inline constexpr double first_grad_b1_sum = 39.841086057188406;
inline constexpr double first_grad_b1_abs_sum = 130.82729237816724;
inline constexpr double first_grad_b1_square_sum = 268.97740694186547;
inline constexpr sample first_grad_w2[] = {
    {0, 4.470666479038524}, {142, -4.063456286036005}, {285, 0.1662777624708249}, {428, 3.5251383179936613},
    {570, 3.985798174356007}, {713, 1.4088057130485634}, {856, 3.4478314742279186}, {999, -0.5217524492175689}};
inline constexpr double first_grad_w2_sum = 507.4427283081752;
inline constexpr double first_grad_w2_abs_sum = 2126.503321912928;
inline constexpr double first_grad_w2_square_sum = 6879.858745068077;
inline constexpr sample first_grad_b2[] = {
    {0, 14.584570074625505}, {1, -5.066260277425559}, {2, -24.013578175531983}, {3, 14.116592442263942},
    {5, 15.096834689449853}, {6, 22.088119861179518}, {7, -5.1896449176576755}, {9, -15.710041981695666}};
inline constexpr double first_grad_b2_sum = 36.75519096252607;
inline constexpr double first_grad_b2_abs_sum = 136.71424166714783;
inline constexpr double first_grad_b2_square_sum = 2395.0590361564327;
inline constexpr sample last_w1[] = {
    {0, 0.02030022959464334}, {14285, -0.018712370859828974}, {28571, -0.02694138862855749},
    {42856, -0.03142529208315468}, {57142, -0.008104589786759995}, {71427, 0.01694603466469717},
    {85713, 0.033099676730962924}, {99999, 0.0024321378115449376}};
inline constexpr double last_w1_sum = 2.8860517543149316;
inline constexpr double last_w1_abs_sum = 1610.1517717098773;
inline constexpr double last_w1_square_sum = 36.48111799430399;
inline constexpr sample last_b1[] = {
    {0, 0.0253524291250174}, {14, -0.004537270937517274}, {28, 6.964696582877955e-05}, {42, -0.012532232429527026},
    {56, -0.012853977897137457}, {70, 0.0263800205480744}, {84, 0.03001612273216574}, {99, -0.016813607991220995}};
inline constexpr double last_b1_sum = 1.3380093577176932;
inline constexpr double last_b1_abs_sum = 1.869437209113868;
inline constexpr double last_b1_square_sum = 0.04721937888774973;
inline constexpr sample last_w2[] = {
    {0, 0.09895106498457464}, {142, -0.02710569405196875}, {285, 0.004771202787648189},
    {428, -0.10098869981611641}, {570, 0.042252152974398535}, {713, -0.10271907251582929},
    {856, -0.04480360130438518}, {999, 0.04592574781160351}};
inline constexpr double last_w2_sum = 0.46151238000148614;
inline constexpr double last_w2_abs_sum = 55.960870553848494;
inline constexpr double last_w2_square_sum = 4.14019563338843;
inline constexpr sample last_b2[] = {
    {0, -0.03679270822386316}, {1, -0.06578988388274329}, {2, -0.013055938930496312}, {3, 0.09509833591901205},
    {5, 0.08877693033426638}, {6, 0.09031220675442085}, {7, 0.041346997367422714}, {9, -0.07448640107984013}};
inline constexpr double last_b2_sum = 0.15747543513295692;
inline constexpr double last_b2_abs_sum = 0.5931947166236353;
inline constexpr double last_b2_square_sum = 0.04253692590247849;
inline constexpr double float_weight_deviation = 7.888642914810964e-06;  // largest absolute distance of a weight in float32

}  // namespace linear_layers_adam

}  // namespace oracle::feed_forward
