#include "api/answers.hpp"

#include <algorithm>
#include <array>

#include "events/agent.hpp"
#include "events/kernel/require.hpp"
#include "events/statuses.hpp"
#include "events/words.hpp"

namespace pakashop::api {
namespace {

Shape a_number() { return {R"({"type":"number"})"}; }
Shape anything() { return {"{}"}; }

using Word = std::pair<std::string_view, Shape (*)()>;
constexpr std::array words{
    Word{"text", shape_of<std::string>},
    Word{"money", shape_of<Money>},
    Word{"integer", shape_of<std::int64_t>},
    Word{"number", a_number},
    Word{"boolean", shape_of<bool>},
    Word{"time", shape_of<Instant>},
    Word{"hash", shape_of<Digest>},
    Word{"any", anything},
};

bool in_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// Turns the notation into a JSON Schema, front to back.
class Notation {
public:
    explicit Notation(std::string_view text) : rest_{text} {}

    std::string schema() {
        std::string all = shape();
        require(rest_.empty(), "a shape ends with its notation");
        return all;
    }

private:
    std::string shape() {
        skip_space();
        std::string one = take("{") ? object() : take("[") ? list() : named();
        if (!take("|null")) return one;
        return R"({"anyOf":[)" + one + R"(,{"type":"null"}]})";
    }

    std::string object() {
        std::string properties;
        std::string required;
        std::string others;
        JsonWriter out{properties};
        JsonWriter names{required};
        out.begin_object();
        names.begin_array();
        while (!take("}")) {
            const bool any_name = take("*");
            const std::string_view name = any_name ? "" : word();
            const bool always = !any_name && !take("?");
            const std::string what = take(":") ? shape() : shape_of<std::string>().schema;
            if (any_name)
                others = R"(,"additionalProperties":)" + what;
            else
                out.key(name).raw(what);
            if (always) names.text(name);
            require(take(",") || rest_.starts_with('}'), "members of a shape have commas between");
        }
        out.end_object();
        names.end_array();
        return R"({"type":"object","properties":)" + properties + R"(,"required":)" + required +
               others + "}";
    }

    std::string list() {
        const std::string element = shape();
        require(take("]"), "a list of a shape is closed");
        return R"({"type":"array","items":)" + element + "}";
    }

    std::string named() {
        const std::string_view name = word();
        if (name.front() >= 'A' && name.front() <= 'Z') {
            return R"({"$ref":"#/components/schemas/)" + std::string{name} + R"("})";
        }
        const auto found = std::ranges::find(words, name, &Word::first);
        require(found != words.end(), "a shape is made of known words");
        return found->second().schema;
    }

    std::string_view word() {
        const auto end = std::ranges::find_if_not(rest_, in_word);
        const auto length = static_cast<std::size_t>(end - rest_.begin());
        require(length > 0, "a shape has a word here");
        const std::string_view found = rest_.substr(0, length);
        rest_.remove_prefix(length);
        return found;
    }

    bool take(std::string_view mark) {
        if (!rest_.starts_with(mark)) return false;
        rest_.remove_prefix(mark.size());
        skip_space();
        return true;
    }

    void skip_space() {
        const auto next = rest_.find_first_not_of(" \n");
        rest_.remove_prefix(next == rest_.npos ? rest_.size() : next);
    }

    std::string_view rest_;
};

std::vector<NamedShape> words_of_the_trade() {
    return {
        {"AgentStatus", shape_of<AgentStatus>()},
        {"AgentType", shape_of<AgentType>()},
        {"AttemptStatus", shape_of<AttemptStatus>()},
        {"DeliveryStatus", shape_of<DeliveryStatus>()},
        {"InvoiceStatus", shape_of<InvoiceStatus>()},
        {"Operator", shape_of<Operator>()},
        {"OrderStatus", shape_of<OrderStatus>()},
        {"PaymentStatus", shape_of<PaymentStatus>()},
        {"PayoutStatus", shape_of<PayoutStatus>()},
        {"Reservation", shape_of<Reservation>()},
        {"Role", shape_of<Role>()},
        {"SellerKind", shape_of<SellerKind>()},
        {"SettlementStatus", shape_of<SettlementStatus>()},
        {"ShopStatus", shape_of<ShopStatus>()},
        {"TaxCode", shape_of<TaxCode>()},
        {"TpinStatus", shape_of<TpinStatus>()},
    };
}

std::vector<NamedShape> things() {
    return {
        {"Agent", told(R"({agentId, userId, type:AgentType, status:AgentStatus, available:boolean,
            fullName:text|null, phone:text|null, nrc:text|null,
            vehicle:{type:text|null, registration:text|null}, legalName:text|null,
            pacraNumber:text|null, reason:text|null, documents:[{kind, url}], createdAt:time})")},
        {"AgentProfile", told(R"({agentId, type:AgentType, status:AgentStatus, available:boolean,
            rejectionReason?})")},
        {"AgentStanding", told("{agentId, status:AgentStatus}")},
        {"Delivery", told(R"({deliveryId, orderId, status:DeliveryStatus, agentId?,
            stops:[{shopId, name, address:text|null, fulfilment:OrderStatus|null}],
            destination:{name, line1:text|null, city:text|null, phone?:text|null,
            location?:Place}})")},
        {"Event", told(R"({id, type, stream, version:integer, position, at:time, actor:{id, role},
            commandId, causationId:text|null, hash:hash, data:{*:any}})")},
        {"Failure", told("{code, message}")},
        {"Order", told(R"({id, status:OrderStatus, statusLabel, paymentStatus:PaymentStatus,
            reservation:Reservation, currency, items:[OrderItem],
            fulfilments:[{shopId, status:OrderStatus}],
            deliveries:[{id, status:DeliveryStatus, shopIds:[text], agentId?}],
            invoices:[{shopId, invoiceNumber:text|null, status:InvoiceStatus}],
            totals:{items:money, deliveryFee:money, discount:money, vat:money, total:money},
            deliveryAddress:{firstName:text|null, lastName:text|null, line1:text|null,
            city:text|null, province?, phone:text|null, location?:Place},
            notes?, cancelReason?, createdAt:time})")},
        {"OrderItem", told(R"({id, productId, shopId, name, quantity:integer, unitPrice:money,
            lineTotal:money, tier?:Tier, vendorAmount?:money|null, platformFee?:money|null,
            settlementStatus?:SettlementStatus|null})")},
        {"Payout", told(R"({id, shopId, amount:money, currency, method:PayoutMethod,
            status:PayoutStatus, lineIds:[text], failure?:Failure, createdAt:time,
            completedAt?:time, providerId?, attempts?:integer})")},
        {"PayoutMethod", told("{type, provider:Operator, phone}")},
        {"Place", told("{lat:number, lng:number}")},
        {"Product", told(R"({id, shopId, shopName, sku, name, description, price:money, currency,
            categories:[text], wholesaleTiers:[Tier], zraItemCode, zraTaxCode:TaxCode,
            available:integer, status, images:[{url, status}]})")},
        {"Proof", told(R"({orderId, deliveryId, signatureId, agentId, signatureImage:text|null,
            strokes:[[{x:number, y:number, t:number}]]|null, signatoryName:text|null,
            signatoryPhone:text|null, location?:Place, signatureHash:hash, proofHash:hash,
            proofSignature, capturedAt:time, confirmedAt:time, verified:boolean})")},
        {"Setting", told("{value, default, changedBy?, changedAt?:time}")},
        {"SettlementLine", told(R"({id, orderId, itemId, gross:money, vendorAmount:money,
            platformFee:money, status:SettlementStatus, payoutId?})")},
        {"Shop", told(R"({id, name, sellerKind:SellerKind, status:ShopStatus, tpin?:text|null,
            tpinStatus?:TpinStatus, address?:text|null, phone?:text|null,
            payoutMethod?:PayoutMethod})")},
        {"ShopStanding", told("{shopId, status:ShopStatus}")},
        {"Tier", told("{minQuantity:integer, price:money}")},
        {"Tokens", told("{accessToken, refreshToken, expiresIn:integer}")},
        {"Transmission", told(R"({id, orderId, shopId, tpin:text|null, invoiceNumber:text|null,
            invoiceDate:time|null, vsdcNumber?, transmissionStatus:InvoiceStatus,
            retryCount:integer, lastRetryAt?:time, createdAt:time, payload?:any,
            responsePayload?:any, failure?:Failure})")},
    };
}

}  // namespace

Shape told(std::string_view notation) { return {Notation{notation}.schema()}; }

Shape list_of(std::string_view name) {
    return told("{data:[" + std::string{name} + "], nextCursor:text|null}");
}

const std::vector<NamedShape>& named_shapes() {
    static const std::vector<NamedShape> all = [] {
        std::vector<NamedShape> shapes = things();
        std::ranges::move(words_of_the_trade(), std::back_inserter(shapes));
        std::ranges::sort(shapes, {}, &NamedShape::name);
        return shapes;
    }();
    return all;
}

}  // namespace pakashop::api
