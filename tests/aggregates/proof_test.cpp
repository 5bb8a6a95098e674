#include "aggregates/proof.hpp"

#include <set>

#include <doctest/doctest.h>

using namespace pakashop;

namespace {

constexpr Instant captured{1'778'580'000'123};

ProofFields proof() {
    return {
        OrderId{"ord_1"},
        DeliveryId{"dlv_ord_1_1"},
        SignatureId{"sig_ord_1_1"},
        AgentId{"agt_1"},
        2,
        "aW1hZ2U=",
        "[[]]",
        "Mary Banda",
        "+260970000001",
        Location{-15'416'667, 28'283'333},
        captured
    };
}

}  // namespace

TEST_CASE("the seeds' hash is SHA-256 of the bare concatenation") {
    const Digest hash = legacy_proof_hash(OrderId{"ord_1"}, "aW1hZ2U=", "Mary Banda", captured);
    CHECK(hash == sha256("ord_1aW1hZ2U=Mary Banda2026-05-12T10:00:00.123Z"));
    CHECK(to_hex(hash) == "cb68b180389fc3b97db145009a7baeaebd61a07a03d0cf89cb7679410b06d9f6");
}

TEST_CASE("the canonical hash is pinned: the format never changes") {
    CHECK(
        to_hex(proof_hash(proof())) ==
        "bb64121ba24a11d8c1c0f9f9da9d1cb4f2f884fd6b6fee72bd823abad96be477"
    );
    ProofFields bare = proof();
    bare.signatory_phone.reset();
    bare.location.reset();
    CHECK(
        to_hex(proof_hash(bare)) ==
        "27bd9090988e8a2413542e213c43c0b9961adb4fa70e491efc46d734b8dd9126"
    );
}

TEST_CASE("where the concatenation is ambiguous, the canonical hash is not") {
    ProofFields a = proof(), b = proof();
    a.image = "AB";
    a.signatory_name = "C";
    b.image = "A";
    b.signatory_name = "BC";
    CHECK(
        legacy_proof_hash(a.order, a.image, a.signatory_name, captured) ==
        legacy_proof_hash(b.order, b.image, b.signatory_name, captured)
    );
    CHECK(proof_hash(a) != proof_hash(b));
}

TEST_CASE("every field counts, and an absent one is not an empty one") {
    std::set<std::string> hashes;
    const auto add = [&](auto change) {
        ProofFields changed = proof();
        change(changed);
        hashes.insert(to_hex(proof_hash(changed)));
    };
    add([](ProofFields&) {});
    add([](ProofFields& p) { p.order = {"ord_2"}; });
    add([](ProofFields& p) { p.delivery = {"dlv_ord_1_2"}; });
    add([](ProofFields& p) { p.signature = {"sig_ord_1_2"}; });
    add([](ProofFields& p) { p.agent = {"agt_2"}; });
    add([](ProofFields& p) { p.issue = 1; });
    add([](ProofFields& p) { p.image = "aW1hZ2V="; });
    add([](ProofFields& p) { p.strokes = "[]"; });
    add([](ProofFields& p) { p.signatory_name = "Mary  Banda"; });
    add([](ProofFields& p) { p.signatory_phone = "+260970000002"; });
    add([](ProofFields& p) { p.signatory_phone = ""; });
    add([](ProofFields& p) { p.signatory_phone.reset(); });
    add([](ProofFields& p) { p.location = Location{-15'416'667, 28'283'334}; });
    add([](ProofFields& p) { p.location.reset(); });
    add([](ProofFields& p) { p.captured_at = captured + milliseconds(1); });
    CHECK(hashes.size() == 15);
}
