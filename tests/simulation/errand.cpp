#include "tests/simulation/errand.hpp"

#include "handlers/domain.hpp"
#include "handlers/policies/effect_ids.hpp"

namespace pakashop::simulation {
namespace {

constexpr std::size_t number_at = 7;
const ShopId shop{std::string{errand_key}};
constexpr Instant noon = errand_time;

// An attempt's lease is as long as this; every errand has a moment of its own, around it.
constexpr Duration lease = seconds(10);

Errand effect_errand(Tape& tape, const std::string& id, Instant now) {
    const EffectId effect{id};
    const auto to = [&](Effect::Command command) {
        return Errand{stream_of<Effect>(id), AnyCommand{std::move(command)}};
    };
    switch (tape.below(8)) {
        case 0:
        case 1:
        case 2:
            return to(Effect::Request{effect, EffectKind::payout, id, noon, std::nullopt, noon});
        case 3:
        case 4:
        case 5:
            return to(Effect::Begin{lease, now});
        case 6:
            return to(Effect::Defer{1 + tape.below(2), "late", noon});
        default:
            return to(Effect::Finish{"done"});
    }
}

Errand product_errand(Tape& tape, const std::string& id) {
    const auto to = [&](Product::Command command) {
        return Errand{stream_of<Product>(id), AnyCommand{std::move(command)}};
    };
    if (tape.below(3) == 0) {
        Product::List list{};
        list.product = ProductId{id};
        list.price = Money{100};
        list.stock = 1;
        return to(std::move(list));
    }
    return to(Product::AdjustStock{tape.below(3) == 0 ? 1 : -1, "counted"});
}

Errand series_errand(Tape& tape) {
    InvoiceSeries::Allot allot{};
    allot.invoice = InvoiceId{"inv_" + std::to_string(tape.below(4))};
    allot.day = "20251201";
    return {stream_of<InvoiceSeries>("1:20251201"), AnyCommand{std::move(allot)}};
}

// One command of it may touch two streams: approving a shop has its TPIN checked, which is the
// first of the effects.
Errand shop_errand(Tape& tape) {
    const auto to = [&](Shop::Command command) {
        return Errand{stream_of<Shop>(shop.value), AnyCommand{std::move(command)}};
    };
    const Subject owner{"usr_1", SubjectClass::person};
    switch (tape.below(4)) {
        case 0: {
            Shop::Apply apply{};
            apply.shop = shop;
            apply.tpin = "1001";
            apply.address = {owner, "Lusaka"};
            apply.phone = {owner, "260970000001"};
            apply.payout_phone = {owner, "260970000002"};
            apply.now = noon;
            return to(std::move(apply));
        }
        case 1:
            return to(Shop::Approve{noon});
        case 2:
            return to(Shop::RecordTpin{"1001", tape.in_thousand(500), noon});
        default:
            return to(Shop::Suspend{"asked"});
    }
}

Errand draw_errand(Tape& tape, std::uint32_t spread) {
    const std::string which = std::to_string(tape.below(spread));
    const Instant now = noon + seconds(4 * static_cast<std::int64_t>(tape.below(5)));
    const std::string effect = which == "0" ? tpin_effect(shop).value : "eff_1";
    switch (tape.below(7)) {
        case 0:
        case 1:
            return effect_errand(tape, effect, now);
        case 2:
        case 3:
            return product_errand(tape, "prd_" + which);
        case 4:
        case 5:
            return shop_errand(tape);
        default:
            return series_errand(tape);
    }
}

}  // namespace

Errands draw_errands(Tape& tape) {
    const std::uint32_t spread = 1 + tape.below(2);
    Errands errands;
    for (Errand& errand : errands) errand = draw_errand(tape, spread);
    return errands;
}

Command command_of(const Errand& errand, std::size_t number, bool other_body) {
    Command command;
    command.id = errand_id(number);
    command.fingerprint = {static_cast<std::uint8_t>(number), other_body};
    command.key = errand_key;
    command.to = {errand.stream, errand.command};
    command.now = noon;
    return command;
}

bool has_other_body(const Record& record) { return record.fingerprint[1] != 0; }

CommandId errand_id(std::size_t number) {
    CommandId id{};
    id[number_at] = static_cast<std::uint8_t>(number);
    return id;
}

std::size_t errand_in(const CommandId& id) { return id[number_at] % errands_max; }

std::string text_of(const Errand& errand, std::size_t number) {
    return std::to_string(number) + " " + std::string{name_of_command(errand.command)} + " at " +
           errand.stream;
}

}  // namespace pakashop::simulation
