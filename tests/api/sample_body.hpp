#pragma once

#include <optional>
#include <string>
#include <tuple>

#include <doctest/doctest.h>

#include "api/body.hpp"
#include "events/words.hpp"

/// A request with one member of every kind, and how tests ask what becomes of a body.
namespace pakashop::kit {

using namespace pakashop::api;

struct Line {
    ProductId product;
    Quantity quantity;
    static constexpr auto fields() {
        return std::tuple{field("productId", &Line::product), field("quantity", &Line::quantity)};
    }
};

struct Place {
    Micro<-90, 90> lat;
    Micro<-180, 180> lng;
    static constexpr auto fields() {
        return std::tuple{field("lat", &Place::lat), field("lng", &Place::lng)};
    }
};

struct Sample {
    Text<1, 10> name;
    List<Line, 1, 3> items;
    std::optional<Price> price;
    std::optional<PhoneNumber> phone;
    std::optional<EmailAddress> email;
    std::optional<Operator> provider;
    std::optional<Choice<"ussd", "redirect">> kind;
    std::optional<bool> gift;
    std::optional<Place> place;
    std::optional<Prose<0, 20>> notes;
    std::optional<Secret<1, 20>> password;
    std::optional<Digits<6, 6>> pin;
    std::optional<Base64<8>> image;
    std::optional<WebAddress<60>> url;
    std::optional<Instant> at;
    static constexpr auto fields() {
        return std::tuple{
            field("name", &Sample::name),
            field("items", &Sample::items),
            field("price", &Sample::price),
            field("phone", &Sample::phone),
            field("email", &Sample::email),
            field("provider", &Sample::provider),
            field("kind", &Sample::kind),
            field("gift", &Sample::gift),
            field("place", &Sample::place),
            field("notes", &Sample::notes),
            field("password", &Sample::password),
            field("pin", &Sample::pin),
            field("image", &Sample::image),
            field("url", &Sample::url),
            field("at", &Sample::at)
        };
    }
};

struct Optional {
    std::optional<Text<1, 10>> reason;
    static constexpr auto fields() { return std::tuple{field("reason", &Optional::reason)}; }
};

inline http::Request request(std::string body, std::string type = "application/json") {
    http::Request made;
    made.body = std::move(body);
    made.headers.push_back({"content-type", std::move(type)});
    return made;
}

inline Result<Sample, Problem> decode(std::string body) {
    return decode_body<Sample>(request(std::move(body)));
}

/// A body that fits, with one more member.
inline std::string with(const std::string& member) {
    return R"({"name":"Fish","items":[{"productId":"prd_1","quantity":2}])" +
           (member.empty() ? "" : "," + member) + "}";
}

inline std::string code_of(const std::string& body) {
    const auto decoded = decode(body);
    return decoded ? "fits" : std::string{decoded.error().code};
}

/// The one pointer a member is refused at; empty when it fits.
inline std::string refused_at(const std::string& member) {
    const auto decoded = decode(with(member));
    if (decoded) return {};
    REQUIRE(decoded.error().code == "validation_failed");
    REQUIRE(decoded.error().errors.size() == 1);
    return decoded.error().errors.front().pointer;
}

}  // namespace pakashop::kit
