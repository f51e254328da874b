// A small convolutional net trained with gradient descent: conv 5x5, relu, max-pool, conv 3x3 with stride 2, tanh, average-pool, dense. By JAX.
// Made by: python3 convolution.py (Python 3.11.7, numpy 2.4.6, jax 0.10.2); change the script, not this file.

#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "../generator.hpp"

namespace oracle::convolution {

inline constexpr std::int64_t batch = 8;
inline constexpr std::int64_t size = 14;
inline constexpr std::int64_t classes = 5;
inline constexpr std::int64_t steps = 30;
inline constexpr double rate = 0.2;
inline constexpr std::int64_t seed_x = 69;
inline constexpr std::int64_t seed_label = 70;  // one-hot rows of integers below classes
inline constexpr std::int64_t seed_w1 = 71;
inline constexpr double scale_w1 = 0.3;
inline constexpr std::int64_t seed_b1 = 72;
inline constexpr double scale_b1 = 0.1;
inline constexpr std::int64_t seed_w2 = 73;
inline constexpr double scale_w2 = 0.2;
inline constexpr std::int64_t seed_b2 = 74;
inline constexpr double scale_b2 = 0.1;
inline constexpr std::int64_t seed_w3 = 75;
inline constexpr double scale_w3 = 0.3;
inline constexpr std::int64_t seed_b3 = 76;
inline constexpr double scale_b3 = 0.1;

// before each step, in float64
inline constexpr double loss[] = {
    1.6409656256065126, 1.4490877424362276, 1.3775493324718504, 1.3274781807823437, 1.2869432132188665,
    1.2513956870861578, 1.21833653361426, 1.186443805846362, 1.1546296839211005, 1.1220567699131652,
    1.0881130319570578, 1.0521396430350536, 1.013552351765774, 0.9726861019491343, 0.9298348193254312,
    0.8850258363217417, 0.8388111570155922, 0.7914869423919885, 0.7433245316237009, 0.694996700011385,
    0.6472189012979697, 0.6004651798236834, 0.554884210464101, 0.5111712520439947, 0.47022690206989504,
    0.4321583969245268, 0.3971042282257119, 0.36468402604720407, 0.33522527128597357, 0.308137012210411};
inline constexpr double float_deviation = 1.1027877144798026e-07;  // largest relative distance of the curve in float32
inline constexpr double float_weight_deviation = 1.2324687476139573e-07;  // largest absolute distance of a weight in float32
inline constexpr sample first_grad_w1[] = {
    {0, 0.01777565855258789}, {21, -0.008152141460701087}, {42, -0.05001255300742744}, {63, 0.032843787128887886},
    {85, -0.018601677208735456}, {106, 0.032997917990131014}, {127, -0.019521451275199747},
    {149, -0.055227179618652526}};
inline constexpr double first_grad_w1_sum = -0.013919735764221147;
inline constexpr double first_grad_w1_abs_sum = 2.697909477230837;
inline constexpr double first_grad_w1_square_sum = 0.07340291829511875;
inline constexpr sample first_grad_b1[] = {
    {0, 0.012266113959322068}, {1, -0.0017170832900778449}, {2, -0.026198595648510146}, {3, 0.11567563677552466},
    {4, 0.02962950726885998}, {5, 0.024465382491256873}};
inline constexpr double first_grad_b1_sum = 0.15412096155637559;
inline constexpr double first_grad_b1_abs_sum = 0.20995231943355158;
inline constexpr double first_grad_b1_square_sum = 0.01569708792550431;
inline constexpr sample first_grad_w2[] = {
    {0, -0.01498769869036926}, {69, -0.02688545844145612}, {138, -0.07485713968455111},
    {207, 0.0067404416107634734}, {277, 0.010062198400932821}, {346, 0.08033718474287478},
    {415, 0.034167887911914184}, {485, 0.02815080368532807}};
inline constexpr double first_grad_w2_sum = 2.6418903164207777;
inline constexpr double first_grad_w2_abs_sum = 15.55991350592718;
inline constexpr double first_grad_w2_square_sum = 0.7585566382220448;
inline constexpr sample first_grad_b2[] = {
    {0, -0.15798522991064703}, {1, -0.03159715550300213}, {2, -0.12096085163392202}, {3, 0.059319844753286305},
    {4, -0.03548712325324948}, {5, 0.05032704343682186}, {6, 0.18734630864813814}, {8, 0.109969318481175}};
inline constexpr double first_grad_b2_sum = 0.157233801773734;
inline constexpr double first_grad_b2_abs_sum = 0.8492945223753753;
inline constexpr double first_grad_b2_square_sum = 0.10436612947228968;
inline constexpr sample first_grad_w3[] = {
    {0, 0.02281099466685009}, {25, 0.017999730399159655}, {51, 0.003136827155293238}, {76, -0.023598900091621813},
    {102, 0.10191823071546176}, {127, 0.005435972254141531}, {153, -0.02226469456238281},
    {179, 0.04719276007286958}};
inline constexpr double first_grad_w3_sum = -1.3877787807814457e-17;
inline constexpr double first_grad_w3_abs_sum = 5.449739585667907;
inline constexpr double first_grad_w3_square_sum = 0.289264560354089;
inline constexpr sample first_grad_b3[] = {
    {0, 0.04780776606992086}, {1, -0.10564797419851618}, {2, 0.253159952504359}, {3, -0.07267372582918742},
    {4, -0.12264601854657631}};
inline constexpr double first_grad_b3_sum = -1.3877787807814457e-17;
inline constexpr double first_grad_b3_abs_sum = 0.6019354371485598;
inline constexpr double first_grad_b3_square_sum = 0.09786055479207897;
inline constexpr sample last_w1[] = {
    {0, -0.3353633631062897}, {21, 0.16937842967289612}, {42, 0.1571191784201616}, {63, -0.32215424767239553},
    {85, 0.03660955440194791}, {106, 0.2877321871586557}, {127, -0.27952219438217973}, {149, -0.03244892596779189}};
inline constexpr double last_w1_sum = -1.322906393526227;
inline constexpr double last_w1_abs_sum = 28.13263983331598;
inline constexpr double last_w1_square_sum = 7.571081647115845;
inline constexpr sample last_b1[] = {
    {0, -0.00821436396560762}, {1, 0.007726844958799628}, {2, 0.06958315653835814}, {3, -0.025307344279209686},
    {4, 0.1326599056800656}, {5, 0.09470176697900566}};
inline constexpr double last_b1_sum = 0.2711499659114117;
inline constexpr double last_b1_abs_sum = 0.33819338240104635;
inline constexpr double last_b1_square_sum = 0.03217653250067469;
inline constexpr sample last_w2[] = {
    {0, -0.0382635901018341}, {69, -0.1275966554768433}, {138, 0.16658646123877838}, {207, 0.004734644858863151},
    {277, 0.18572264294618732}, {346, 0.010805048527600636}, {415, 0.21732767260108696}, {485, 0.24141382732058958}};
inline constexpr double last_w2_sum = 3.056102922199355;
inline constexpr double last_w2_abs_sum = 58.42227040465362;
inline constexpr double last_w2_square_sum = 9.988017705956793;
inline constexpr sample last_b2[] = {
    {0, 0.04153696446783229}, {1, -0.07461068224279906}, {2, 0.10985016722472299}, {3, -0.014660356661280027},
    {4, 0.10434812650079034}, {5, -0.08237227641747712}, {6, -0.07996377397987697}, {8, -0.03522112999169866}};
inline constexpr double last_b2_sum = 0.005511823548735764;
inline constexpr double last_b2_abs_sum = 0.5791682621349994;
inline constexpr double last_b2_square_sum = 0.04622242545125729;
inline constexpr sample last_w3[] = {
    {0, -0.15329148363610995}, {25, -0.22388722897971264}, {51, -0.1853899050095903}, {76, 0.35225940823378427},
    {102, -0.15021099166999777}, {127, 0.34908549475494605}, {153, -0.15633442243269197},
    {179, -0.061635251755954544}};
inline constexpr double last_w3_sum = 2.1554989754628253;
inline constexpr double last_w3_abs_sum = 36.91285822951386;
inline constexpr double last_w3_square_sum = 10.636435089519171;
inline constexpr sample last_b3[] = {
    {0, 0.03905520958901982}, {1, 0.17801454744206052}, {2, -0.3040234791825249}, {3, 0.11794271166108206},
    {4, 0.08632921946373141}};
inline constexpr double last_b3_sum = 0.11731820897336888;
inline constexpr double last_b3_abs_sum = 0.7253651673384187;
inline constexpr double last_b3_square_sum = 0.1470079817584773;

}  // namespace oracle::convolution
