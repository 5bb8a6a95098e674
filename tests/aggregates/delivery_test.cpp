#include "aggregates/delivery.hpp"

#include "tests/aggregates/order_world.hpp"

using namespace pakashop;
using namespace pakashop::kit;
using enum Delivery::Refusal;

namespace {

const DeliveryId delivery{"dlv_ord_1_1"};
const SignatureId signature{"sig_ord_1_1"};
constexpr Duration ttl = hours(24);
constexpr Instant later = noon + hours(2);

PinKey key() {
    PinKey made;
    made.secret.fill(7);
    return made;
}
std::string right_pin(std::int64_t issue) { return delivery_pin(key(), delivery, issue); }
std::string wrong_pin(std::int64_t issue) { return right_pin(issue) == "000000" ? "1" : "000000"; }

const DeliveryOpened opened{delivery, the_order, the_buyer, {mwila, banda}, noon};
PinIssued issued(std::int64_t issue, Instant at) {
    return {delivery, the_order, the_buyer, issue, at + ttl, at};
}
const AgentAssigned assigned{delivery, the_order, rider, false, noon};
const StopReady mwila_ready{delivery, the_order, mwila};
const StopReady banda_ready{delivery, the_order, banda};
const StopPickedUp mwila_picked{delivery, the_order, mwila, rider, later};
const StopPickedUp banda_picked{delivery, the_order, banda, rider, later};
const DeliveryDeparted departed{delivery, the_order, later};
const PinAccepted accepted{delivery, the_order, rider, signature, 2, later};

const std::vector<DeliveryEvent> to_open{opened, issued(1, noon)};
std::vector<DeliveryEvent>
plus(std::vector<DeliveryEvent> history, std::vector<DeliveryEvent> more) {
    history.insert(history.end(), more.begin(), more.end());
    return history;
}
const auto to_ready = plus(to_open, {assigned, mwila_ready, banda_ready});
const auto to_departed = plus(to_ready, {mwila_picked, banda_picked, departed, issued(2, later)});

const Given<Delivery> nothing;
const Given<Delivery> waiting{to_open};
const Given<Delivery> has_agent{plus(to_open, {assigned})};
const Given<Delivery> ready{to_ready};
const Given<Delivery> on_its_way{to_departed};
const Given<Delivery> confirmed_pin{plus(to_departed, {accepted})};

Delivery::PickUp pick_up(std::optional<ShopId> shop = {}, const AgentId& by = rider) {
    return {by, std::move(shop), ttl, later};
}
Delivery::ConfirmPin confirm(std::string pin, Instant at = later) {
    return {rider, std::move(pin), key(), at};
}
Delivery::CaptureProof capture() {
    return {
        rider,
        signature,
        secret("aW1hZ2U="),
        secret("[[]]"),
        secret("Mary Banda"),
        {},
        {},
        "signed",
        later
    };
}

}  // namespace

TEST_CASE("a delivery is opened once, with every shop as a stop and the first PIN") {
    const Delivery::Open open{the_order, the_buyer, {mwila, banda}, ttl, noon};
    nothing.when(open).yields({opened, issued(1, noon)}).again().is_already_so();
    CHECK(Delivery::status(waiting.state()) == DeliveryStatus::unassigned);
    CHECK(Delivery::trip(nothing.state()) == nullptr);
}

TEST_CASE("the first agent has it, and every other one is late") {
    nothing.when(Delivery::Claim{rider, true, noon}).refuses(illegal_transition);
    const auto claimed = waiting.when(Delivery::Claim{rider, true, noon});
    claimed.yields({AgentAssigned{delivery, the_order, rider, true, noon}});
    claimed.again().is_already_so();
    claimed.when(Delivery::Claim{stranger, true, noon}).refuses(already_assigned);
    claimed.when(Delivery::Assign{rider, true, noon}).is_already_so();
    claimed.when(Delivery::Assign{stranger, true, noon}).refuses(already_assigned);
    waiting.when(Delivery::Assign{rider, true, noon}).yields({assigned}).again().is_already_so();
    nothing.when(Delivery::Assign{rider, true, noon}).refuses(illegal_transition);
    CHECK(Delivery::status(claimed.state()) == DeliveryStatus::assigned);
}

TEST_CASE("an agent who is not active any more is replaced before the first pickup") {
    const Delivery::Assign instead{stranger, true, noon, rider};
    const auto replaced = has_agent.when(instead);
    replaced.yields(
        {AgentReleased{delivery, the_order, rider, "replaced"},
         AgentAssigned{delivery, the_order, stranger, false, noon}}
    );
    replaced.again().is_already_so();
    has_agent.when(Delivery::Assign{stranger, true, noon, stranger}).refuses(already_assigned);
    has_agent.when(Delivery::Assign{stranger, false, noon, rider}).refuses(agent_unavailable);
    on_its_way.when(instead).refuses(already_assigned);
}

TEST_CASE("who is not free takes nothing, and keeps what was taken before") {
    waiting.when(Delivery::Claim{rider, false, noon}).refuses(agent_unavailable);
    waiting.when(Delivery::Assign{rider, false, noon}).refuses(agent_unavailable);
    has_agent.when(Delivery::Claim{rider, false, noon}).is_already_so();
    has_agent.when(Delivery::Assign{rider, false, noon}).is_already_so();
    has_agent.when(Delivery::Claim{stranger, false, noon}).refuses(already_assigned);
}

TEST_CASE("an agent gives it back before the first pickup, not after") {
    const Delivery::Release release{rider, "puncture"};
    nothing.when(release).refuses(not_found);
    waiting.when(release).refuses(not_found);
    has_agent.when(Delivery::Release{stranger, "mine"}).refuses(not_found);
    const auto given_back = has_agent.when(release);
    given_back.yields({AgentReleased{delivery, the_order, rider, "puncture"}});
    given_back.again().is_already_so();
    given_back.when(Delivery::Claim{stranger, true, noon})
        .yields({AgentAssigned{delivery, the_order, stranger, true, noon}});
    Given<Delivery>{plus(to_ready, {mwila_picked})}.when(release).refuses(illegal_transition);
    on_its_way.when(release).refuses(illegal_transition);
}

TEST_CASE("a stop becomes ready once") {
    const Delivery::NoteReady note{mwila};
    nothing.when(note).is_already_so();
    waiting.when(Delivery::NoteReady{ShopId{"shp_other"}}).is_already_so();
    waiting.when(note).yields({mwila_ready}).again().is_already_so();
    on_its_way.when(note).is_already_so();
}

TEST_CASE("the last stop picked up departs, under a new PIN") {
    const auto all = ready.when(pick_up());
    all.yields({mwila_picked, banda_picked, departed, issued(2, later)}).again().is_already_so();
    CHECK(Delivery::status(all.state()) == DeliveryStatus::picked_up);
    const auto one = ready.when(pick_up(mwila));
    one.yields({mwila_picked}).again().is_already_so();
    CHECK(Delivery::status(one.state()) == DeliveryStatus::assigned);
    one.when(pick_up()).yields({banda_picked, departed, issued(2, later)});
}

TEST_CASE("only what is ready is picked up, and only by its agent") {
    nothing.when(pick_up()).refuses(not_found);
    waiting.when(pick_up()).refuses(not_found);
    ready.when(pick_up({}, stranger)).refuses(not_found);
    ready.when(pick_up(ShopId{"shp_other"})).refuses(not_found);
    has_agent.when(pick_up()).refuses(not_ready);
    has_agent.when(pick_up(mwila)).refuses(not_ready);
    on_its_way.when(pick_up(mwila)).is_already_so();
    const auto delivered = confirmed_pin.when(capture());
    delivered.when(pick_up()).refuses(illegal_transition);
    const auto dropped = ready.when(Delivery::DropStops{{mwila}, ttl, later});
    dropped.when(pick_up(mwila)).refuses(illegal_transition);
}

TEST_CASE("a cancelled part is no stop any more; the goods picked up already depart") {
    const StopDropped mwila_dropped{delivery, the_order, mwila};
    const StopDropped banda_dropped{delivery, the_order, banda};
    const Delivery::DropStops drop_mwila{{mwila}, ttl, later};
    nothing.when(drop_mwila).is_already_so();
    ready.when(drop_mwila).yields({mwila_dropped}).again().is_already_so();
    const Given<Delivery> half{plus(to_ready, {banda_picked})};
    half.when(drop_mwila).yields({mwila_dropped, departed, issued(2, later)});
    half.when(Delivery::DropStops{{banda}, ttl, later}).is_already_so();
    on_its_way.when(drop_mwila).is_already_so();
    const auto none = ready.when(Delivery::DropStops{{mwila, banda}, ttl, later});
    none.yields({mwila_dropped, banda_dropped, DeliveryAbandoned{delivery, the_order, later}});
    none.again().is_already_so();
    CHECK(Delivery::status(none.state()) == DeliveryStatus::failed);
    none.when(pick_up()).refuses(illegal_transition);
    none.when(confirm(right_pin(1))).refuses(illegal_transition);
    waiting.when(Delivery::DropStops{{mwila, banda}, ttl, later})
        .when(Delivery::Claim{rider, true, later})
        .refuses(illegal_transition);
}

TEST_CASE("a reissued PIN kills the older one") {
    const Delivery::ReissuePin reissue{ttl, later};
    nothing.when(reissue).refuses(illegal_transition);
    waiting.when(reissue).yields({issued(2, later)});
    const auto fresh = on_its_way.when(reissue);
    fresh.yields({issued(3, later)});
    REQUIRE(right_pin(2) != right_pin(3));
    fresh.when(confirm(right_pin(2))).yields({PinRefused{delivery, 4, {}, later}});
    confirmed_pin.when(reissue).refuses(pin_used);
    ready.when(Delivery::DropStops{{mwila, banda}, ttl, later})
        .when(reissue)
        .refuses(illegal_transition);
}

TEST_CASE("the right PIN counts once, from its agent, on its way, before its end") {
    nothing.when(confirm(right_pin(1))).refuses(not_found);
    ready.when(confirm(right_pin(1))).refuses(illegal_transition);
    Delivery::ConfirmPin other = confirm(right_pin(2));
    other.agent = stranger;
    on_its_way.when(other).refuses(not_found);
    const auto good = on_its_way.when(confirm(right_pin(2)));
    good.yields({accepted}).again().refuses(pin_used);
    good.when(confirm(wrong_pin(2))).refuses(pin_used);
    good.when(capture()).when(confirm(right_pin(2))).refuses(pin_used);
    on_its_way.when(confirm(right_pin(2), later + ttl)).refuses(pin_expired);
    CHECK(*Delivery::signature(good.state()) == signature);
}

TEST_CASE("five wrong tries lock for a quarter of an hour, then there are five again") {
    auto outcome = on_its_way.when(confirm(wrong_pin(2)));
    for (std::int64_t left = 4; left > 0; --left) {
        outcome.yields({PinRefused{delivery, left, {}, later}});
        CHECK(Delivery::tries_left(Delivery::trip(outcome.state())->pin, later) == left);
        outcome = outcome.again();
    }
    const Instant unlocked = later + minutes(15);
    outcome.yields({PinRefused{delivery, 0, unlocked, later}});
    CHECK(Delivery::tries_left(Delivery::trip(outcome.state())->pin, later) == 0);
    outcome.when(confirm(right_pin(2))).refuses(pin_locked);
    outcome.when(confirm(right_pin(2), unlocked - milliseconds(1))).refuses(pin_locked);
    outcome.when(confirm(wrong_pin(2), unlocked)).yields({PinRefused{delivery, 4, {}, unlocked}});
    outcome.when(confirm(right_pin(2), unlocked))
        .yields({PinAccepted{delivery, the_order, rider, signature, 2, unlocked}});
    outcome.when(Delivery::ReissuePin{ttl, later}).when(confirm(right_pin(3))).refuses(pin_locked);
}

TEST_CASE("a new issue has all its tries, when nothing is locked") {
    const auto tried = on_its_way.when(confirm(wrong_pin(2))).again();
    const auto fresh = tried.when(Delivery::ReissuePin{ttl, later});
    CHECK(Delivery::tries_left(Delivery::trip(fresh.state())->pin, later) == 5);
}

TEST_CASE("the proof is captured after the PIN and completes the delivery, once") {
    nothing.when(capture()).refuses(not_found);
    on_its_way.when(capture()).refuses(not_found);
    Delivery::CaptureProof foreign = capture();
    foreign.signature = {"sig_ord_9_1"};
    confirmed_pin.when(foreign).refuses(not_found);
    foreign = capture();
    foreign.agent = stranger;
    confirmed_pin.when(foreign).refuses(not_found);
    const auto fields = Delivery::proof_fields(confirmed_pin.state(), capture());
    CHECK_FALSE(Delivery::proof_fields(on_its_way.state(), capture()));
    REQUIRE(fields);
    CHECK(fields->issue == 2);

    const Delivery::CaptureProof command = capture();
    const auto hashed = proof_hash(*Delivery::proof_fields(confirmed_pin.state(), command));
    const ProofCaptured proof{
        delivery,
        the_order,
        signature,
        rider,
        2,
        command.image,
        command.strokes,
        command.signatory_name,
        {},
        {},
        legacy_proof_hash(the_order, "aW1hZ2U=", "Mary Banda", later),
        hashed,
        "signed",
        later
    };
    const auto done = confirmed_pin.when(command);
    done.yields({proof, DeliveryCompleted{delivery, the_order, {mwila, banda}, later}});
    done.again().is_already_so();
    CHECK(Delivery::status(done.state()) == DeliveryStatus::delivered);
    Delivery::CaptureProof later_still = capture();
    later_still.proof_signature.clear();
    done.when(later_still).is_already_so();
}

TEST_CASE("a proof that nobody signed is none") {
    Delivery::CaptureProof unsigned_proof = capture();
    unsigned_proof.proof_signature.clear();
    confirmed_pin.when(unsigned_proof).refuses(not_found);
}

TEST_CASE("a dropped stop is not among what was delivered") {
    const Given<Delivery> half{plus(to_ready, {banda_picked})};
    const auto done = half.when(Delivery::DropStops{{mwila}, ttl, later})
                          .when(confirm(right_pin(2)))
                          .when(capture());
    REQUIRE(done.events().size() == 2);
    CHECK(std::get<DeliveryCompleted>(done.events()[1]).shops == std::vector{banda});
}

TEST_CASE("a delivery's event that cannot follow stops the fold") {
    CHECK_THROWS_AS(Given<Delivery>({issued(1, noon)}), CorruptStream);
    CHECK_THROWS_AS(Given<Delivery>({opened, opened}), CorruptStream);
    CHECK_THROWS_AS(Given<Delivery>({opened, departed}), CorruptStream);
    CHECK_THROWS_AS(Given<Delivery>({opened, accepted}), CorruptStream);
}

namespace {

/// An agent, a shop or the buyer does something.
Delivery::Command act(Dice& dice, Instant now) {
    const ShopId shop = dice.pick({mwila, banda});
    const AgentId who = dice.pick({rider, rider, stranger});
    const auto issue = static_cast<std::int64_t>(dice.roll(3)) + 1;
    const bool seldom = dice.roll(20) == 0;
    switch (dice.roll(11)) {
        case 0:
            return Delivery::Open{the_order, the_buyer, {mwila, banda}, ttl, now};
        case 1:
            return Delivery::PickUp{who, {}, ttl, now};
        case 2:
            return Delivery::PickUp{who, shop, ttl, now};
        case 3:
            if (seldom) return Delivery::DropStops{{shop}, ttl, now};
            break;
        case 4:
            if (seldom) return Delivery::Release{who, "puncture"};
            break;
        case 5:
            if (seldom) return Delivery::ReissuePin{ttl, now};
            break;
        case 6:
            return dice.roll(4) ? confirm(wrong_pin(issue), now) : confirm(right_pin(issue), now);
        case 7:
            return confirm(wrong_pin(issue), now);
        case 8:
            return capture();
        case 9:
            return Delivery::Claim{who, true, now};
        default:
            break;
    }
    return Delivery::NoteReady{shop};
}

/// These count every time they are asked.
bool counts_again(const Delivery::Command& command) {
    return std::holds_alternative<Delivery::ConfirmPin>(command) ||
           std::holds_alternative<Delivery::ReissuePin>(command);
}

}  // namespace

TEST_CASE("whatever agents try, a delivery is proven by one PIN and at most five tries a lock") {
    std::size_t happened = 0;
    std::size_t delivered = 0;
    std::size_t locked = 0;
    for (unsigned seed = 1; seed <= 300; ++seed) {
        INFO("seed " << seed);
        Instant clock = noon;
        const auto draw = [&](Dice& dice, std::size_t) {
            clock = clock + seconds(static_cast<std::int64_t>(dice.roll(60)));
            return act(dice, clock);
        };
        happened += play<Delivery>(seed, 150, draw, [&](const auto& state, const auto& command) {
            if (!counts_again(command)) CHECK(settled<Delivery>(state, command));
            const auto* trip = Delivery::trip(state);
            if (!trip) return;
            CHECK(trip->pin.wrong_tries < Delivery::wrong_tries_max);
            locked += clock < trip->pin.locked_until ? 1 : 0;
            if (Delivery::status(state) != DeliveryStatus::delivered) return;
            CHECK(Delivery::signature(state));
            ++delivered;
        });
    }
    CHECK(happened > 1000);
    CHECK(delivered > 100);
    CHECK(locked > 100);
}
