#include <spdlog/spdlog.h>

#include "api/answers.hpp"
#include "api/history.hpp"
#include "api/render/row.hpp"
#include "api/routes/events_of.hpp"
#include "api/routes/order_reply.hpp"
#include "api/routes/routes.hpp"
#include "api/routes/states.hpp"
#include "projections/tables.hpp"

namespace pakashop::api {
namespace {

namespace tables = model::tables;

constexpr std::size_t image_bytes_max = 128 * 1024;
constexpr std::size_t strokes_bytes_max = 64 * 1024;
constexpr std::string_view png_magic = "\x89PNG\r\n\x1a\n";

struct PenPoint {
    Micro<-1'000'000, 1'000'000> x;
    Micro<-1'000'000, 1'000'000> y;
    Micro<0, 9'000'000'000'000> t;
    static constexpr auto fields() {
        return std::tuple{
            field("x", &PenPoint::x), field("y", &PenPoint::y), field("t", &PenPoint::t)
        };
    }
};

struct ProofLocation {
    Micro<-90, 90> lat;
    Micro<-180, 180> lng;
    static constexpr auto fields() {
        return std::tuple{field("lat", &ProofLocation::lat), field("lng", &ProofLocation::lng)};
    }
};

struct Capture {
    Base64<image_bytes_max> image;
    List<List<PenPoint, 1, 5000>, 1, 1000> strokes;
    Text<1, 120> signatory_name;
    std::optional<PhoneNumber> signatory_phone;
    std::optional<ProofLocation> location;
    static constexpr auto fields() {
        return std::tuple{
            field("signatureImage", &Capture::image),
            field("strokes", &Capture::strokes),
            field("signatoryName", &Capture::signatory_name),
            field("signatoryPhone", &Capture::signatory_phone),
            field("location", &Capture::location)
        };
    }
};

Problem invalid(std::string pointer, std::string detail) {
    return {
        .code = "validation_failed",
        .detail = "The proof cannot be taken like this.",
        .errors = {{std::move(pointer), std::move(detail)}}
    };
}

/// The texts exactly as they were sent: the hashes are over them.
struct SentTexts {
    std::string image;
    std::string strokes;
};

Result<SentTexts, Problem> sent_texts(const Call& call, const Capture& body) {
    if (!text_of(body.image.value).starts_with(png_magic)) {
        return unexpected{invalid("#/signatureImage", "must be a PNG")};
    }
    const auto root = parse_body(call.request, false);
    if (!root) return unexpected{root.error()};
    SentTexts out{
        std::string{root->member("signatureImage")->text().value_or("")},
        root->member("strokes")->dump()
    };
    if (out.strokes.size() > strokes_bytes_max) {
        return unexpected{invalid("#/strokes", "must not exceed 64 KiB")};
    }
    return out;
}

Delivery::CaptureProof capture_command(
    const Call& call,
    const Capture& body,
    const SentTexts& texts,
    const UserId& buyer
) {
    const Subject subject{buyer.value};
    Delivery::CaptureProof command;
    command.agent = agent_id_of(call.caller.user);
    command.signature = SignatureId{call.path("id")};
    command.image = {subject, texts.image};
    command.strokes = {subject, texts.strokes};
    command.signatory_name = {subject, body.signatory_name.value};
    if (body.signatory_phone) {
        command.signatory_phone = Sealed<PublicText>{subject, body.signatory_phone->value};
    }
    if (body.location) {
        const Location at{body.location->lat.value, body.location->lng.value};
        command.location = Sealed<Location>{subject, at};
    }
    command.now = call.now;
    return command;
}

http::Response captured_reply(const ProofCaptured& proof) {
    const std::string at = to_rfc3339(proof.captured_at);
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("orderId").text(proof.order.value).key("status").text("DELIVERED");
    out.key("signatureHash").text(to_hex(proof.legacy_hash));
    out.key("proofHash").text(to_hex(proof.proof_hash));
    out.key("capturedAt").text(at).key("confirmedAt").text(at).end_object();
    return json_response(std::move(body));
}

// A repeat with another key finds the proof that stands.
Answer standing_proof(App& app, const OrderId& order) {
    const PartitionId partition = app.engine.partition_of_key(order.value);
    for (const auto& commit :
         load_history(app.engine.store(), partition, order.value, UINT64_MAX)) {
        if (const auto* proof = event_of<ProofCaptured>(*commit)) return captured_reply(*proof);
    }
    return unexpected{not_found()};
}

Awaitable<Answer> capture(App& app, Call& call) {
    auto body = decode_body<Capture>(call.request);
    if (!body) co_return unexpected{body.error()};
    const auto texts = sent_texts(call, *body);
    if (!texts) co_return unexpected{texts.error()};
    const OrderId order{parent_of("sig", call.path("id"))};
    if (order.value.empty()) co_return unexpected{not_found()};
    const auto placed = placed_order(app, order);
    if (!placed) co_return unexpected{placed.error()};
    auto command = capture_command(call, *body, *texts, placed->buyer);
    const auto state = state_of<Delivery>(app, order.value, order.value);
    const auto proof = Delivery::proof_fields(state, command);
    if (proof) command.proof_signature = app.proofs.sign(proof_hash(*proof));
    Command envelope = call.command(
        order.value,
        stream_of<Delivery>(order.value),
        Delivery::Command{std::move(command)},
        Role::delivery_agent
    );
    auto outcome = co_await commit(app, call, std::move(envelope));
    if (!outcome) {
        const bool open = Delivery::trip(state) != nullptr;
        const std::string from{open ? name_of(Delivery::status(state)) : "PENDING"};
        co_return unexpected{explain_transition(outcome.error(), from, "DELIVERED")};
    }
    const auto* captured = event_of<ProofCaptured>(*outcome->commit);
    if (!captured) co_return standing_proof(app, order);
    co_return captured_reply(*captured);
}

std::optional<std::string_view> view_of(const model::Row& row, std::string_view column) {
    if (row.is_null(column)) return std::nullopt;
    return row.text(column);
}

// Recomputed from what is stored now; whoever changed a field is found out (POD-11).
bool verify(App& app, const model::Row& proof, const model::Row& delivery) {
    ProofFields fields;
    fields.order = OrderId{proof.text("order_id")};
    fields.delivery = DeliveryId{proof.text("delivery")};
    fields.signature = SignatureId{proof.text("signature")};
    fields.agent = AgentId{proof.text("agent")};
    fields.issue = delivery.integer("pin_issue");
    fields.image = proof.text("image");
    fields.strokes = proof.text("strokes");
    fields.signatory_name = proof.text("signatory_name");
    fields.signatory_phone = view_of(proof, "signatory_phone");
    if (!proof.is_null("lat_e6")) {
        fields.location = Location{proof.integer("lat_e6"), proof.integer("lng_e6")};
    }
    fields.captured_at = proof.instant("captured_at").value_or(Instant{});
    const Digest hash = proof_hash(fields);
    const Digest legacy =
        legacy_proof_hash(fields.order, fields.image, fields.signatory_name, fields.captured_at);
    const bool good = to_hex(hash) == proof.text("proof_hash") &&
                      to_hex(legacy) == proof.text("legacy_hash") &&
                      app.proofs.verifies(hash, proof.text("proof_signature"));
    if (!good) SPDLOG_ERROR("proof of delivery does not verify: order={}", fields.order.value);
    return good;
}

std::string render_proof(App& app, const model::Row& proof, const model::Row& delivery) {
    const std::string at = to_rfc3339(proof.instant("captured_at").value_or(Instant{}));
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("orderId").text(proof.text("order_id"));
    out.key("deliveryId").text(proof.text("delivery"));
    out.key("signatureId").text(proof.text("signature")).key("agentId").text(proof.text("agent"));
    write_text(out, "signatureImage", proof, "image");
    out.key("strokes");
    proof.is_null("strokes") ? out.null() : out.raw(proof.text("strokes"));
    write_text(out, "signatoryName", proof, "signatory_name");
    write_text(out, "signatoryPhone", proof, "signatory_phone");
    write_location(out, proof);
    out.key("signatureHash").text(proof.text("legacy_hash"));
    out.key("proofHash").text(proof.text("proof_hash"));
    out.key("proofSignature").text(proof.text("proof_signature"));
    out.key("capturedAt").text(at).key("confirmedAt").text(at);
    out.key("verified").boolean(verify(app, proof, delivery)).end_object();
    return body;
}

Awaitable<Answer> get_proof(App& app, Call& call) {
    const OrderId order{call.path("orderId")};
    const auto placed = placed_order(app, order);
    if (!placed) co_return unexpected{placed.error()};
    const auto rows = rows_of_key(app, order.value, UINT64_MAX, order_projections());
    const auto proofs = rows.where(tables::proofs, "order_id", model::Value{order.value});
    // The row is there from the right PIN on; a proof it is once the signature was captured.
    if (proofs.empty() || proofs.front().is_null("captured_at")) co_return unexpected{not_found()};
    const model::Row& proof = proofs.front();
    const bool mine = placed->buyer == call.caller.user || call.caller.admin() ||
                      proof.text("agent") == agent_id_of(call.caller.user).value;
    const model::Row* delivery = rows.find(tables::deliveries, proof.text("delivery"));
    if (!mine || !delivery) co_return unexpected{not_found()};
    co_return json_response(render_proof(app, proof, *delivery));
}

}  // namespace

std::vector<BoundRoute> proof_routes() {
    return {
        {{.method = "POST",
          .pattern = "/api/v1/delivery/signature/:id/capture",
          .summary = "Captures the signature (tier 2): the goods are delivered.",
          .tag = "delivery",
          .access = any_of({Role::delivery_agent}),
          .idempotency = Idempotency::optional,
          .body = shape_of<Capture>(),
          .reply =
              {200, "What was proven.", told(R"({orderId, status:OrderStatus, signatureHash:hash,
              proofHash:hash, capturedAt:time, confirmedAt:time})")},
          .problems = {"illegal_transition"}},
         capture},
        {{.method = "GET",
          .pattern = "/api/v1/delivery/orders/:orderId/proof",
          .summary = "The proof of delivery, verified anew.",
          .tag = "delivery",
          .access = any_person(),
          .reply = {200, "The proof, with `verified`.", told("Proof")}},
         get_proof},
    };
}

}  // namespace pakashop::api
