package onboarding

import "time"

// A sector is a trade: its code, its name by language, how risky it is held to
// be and whether it needs a licence; and from a day on the later view.
type sector struct {
	code         string
	weight       float64
	risk         string
	licence      bool
	from         time.Time
	later        string
	laterLicence bool
	de, en       string
	fr, nl, es   string
}

func (s sector) name(language string) string {
	switch language {
	case "de":
		return s.de
	case "fr":
		return s.fr
	case "nl":
		return s.nl
	case "es":
		return s.es
	}
	return s.en
}

var sectors = []sector{
	{code: "62.01", weight: 12, risk: low, de: "Softwareentwicklung", en: "software development", fr: "développement de logiciels", nl: "softwareontwikkeling", es: "desarrollo de software"},
	{code: "70.22", weight: 10, risk: low, de: "Unternehmensberatung", en: "business consulting", fr: "conseil aux entreprises", nl: "bedrijfsadvies", es: "consultoría de empresas"},
	{code: "43.21", weight: 8, risk: low, de: "Elektroinstallation", en: "electrical installation", fr: "installation électrique", nl: "elektrotechnische installatie", es: "instalaciones eléctricas"},
	{code: "96.02", weight: 6, risk: low, de: "Friseursalon", en: "hairdressing", fr: "salon de coiffure", nl: "kapsalon", es: "peluquería"},
	{code: "47.71", weight: 7, risk: low, de: "Bekleidungsgeschäft", en: "clothes shop", fr: "magasin de vêtements", nl: "kledingwinkel", es: "tienda de ropa"},
	{code: "10.71", weight: 5, risk: low, de: "Bäckerei", en: "bakery", fr: "boulangerie", nl: "bakkerij", es: "panadería"},
	{code: "85.59", weight: 5, risk: low, de: "Sprachschule", en: "language school", fr: "école de langues", nl: "taalschool", es: "academia de idiomas"},
	{code: "73.11", weight: 6, risk: low, de: "Werbeagentur", en: "advertising agency", fr: "agence de publicité", nl: "reclamebureau", es: "agencia de publicidad"},
	{code: "81.21", weight: 5, risk: low, de: "Gebäudereinigung", en: "cleaning services", fr: "nettoyage de bâtiments", nl: "schoonmaakdiensten", es: "limpieza de edificios"},
	{code: "93.12", weight: 5, risk: low, de: "Sportverein", en: "sports club", fr: "club sportif", nl: "sportvereniging", es: "club deportivo"},
	{code: "46.90", weight: 6, risk: low, from: day(2025, 8, 15), later: medium, de: "Großhandel", en: "wholesale trade", fr: "commerce de gros", nl: "groothandel", es: "comercio al por mayor"},
	{code: "49.41", weight: 5, risk: low, de: "Güterverkehr", en: "road haulage", fr: "transport routier", nl: "wegtransport", es: "transporte por carretera"},
	{code: "56.10", weight: 9, risk: medium, de: "Restaurant", en: "restaurant", fr: "restaurant", nl: "restaurant", es: "restaurante"},
	{code: "49.32", weight: 4, risk: low, from: day(2025, 4, 1), later: medium, de: "Taxi und Kurier", en: "taxi and courier", fr: "taxi et coursier", nl: "taxi en koerier", es: "taxi y mensajería"},
	{code: "45.11", weight: 4, risk: medium, de: "Autohandel", en: "car dealer", fr: "vente de voitures", nl: "autohandel", es: "venta de coches"},
	{code: "41.20", weight: 4, risk: medium, de: "Bauunternehmen", en: "building contractor", fr: "entreprise de construction", nl: "bouwbedrijf", es: "empresa de construcción"},
	{code: "79.11", weight: 3, risk: medium, from: day(2025, 7, 1), later: medium, laterLicence: true, de: "Reisebüro", en: "travel agency", fr: "agence de voyages", nl: "reisbureau", es: "agencia de viajes"},
	{code: "47.77", weight: 2, risk: high, de: "Juwelier", en: "jeweller", fr: "bijouterie", nl: "juwelier", es: "joyería"},
	{code: "47.73", weight: 1.2, risk: low, licence: true, de: "Apotheke", en: "pharmacy", fr: "pharmacie", nl: "apotheek", es: "farmacia"},
	{code: "80.10", weight: 1, risk: medium, licence: true, de: "Sicherheitsdienst", en: "security services", fr: "services de sécurité", nl: "beveiliging", es: "seguridad privada"},
	{code: "64.92", weight: 0.6, risk: high, licence: true, de: "Kreditvermittlung", en: "lending", fr: "octroi de crédit", nl: "kredietverstrekking", es: "concesión de créditos"},
	{code: "66.12", weight: 0.5, risk: high, licence: true, de: "Wechselstube", en: "exchange office", fr: "bureau de change", nl: "wisselkantoor", es: "casa de cambio"},
	{code: "92.00", weight: 0.5, risk: high, licence: true, de: "Spielhalle", en: "gaming hall", fr: "salle de jeux", nl: "speelhal", es: "salón de juego"},
	{code: "64.99", weight: 0.7, risk: medium, licence: true, from: day(2025, 6, 15), later: high, laterLicence: true, de: "Handel mit Kryptowerten", en: "crypto-asset trading", fr: "négoce de cryptoactifs", nl: "handel in cryptoactiva", es: "negociación de criptoactivos"},
}

var clubs = map[string][]string{
	"de": {"Verein", "Förderverein", "Sportfreunde"}, "en": {"Friends of", "Club", "Society"},
	"fr": {"Association", "Amis de"}, "nl": {"Vereniging", "Stichting"}, "es": {"Asociación", "Amigos de"},
}

// Made-up names, of people on the watch list.
var (
	listedGiven   = []string{"Arvin", "Boryan", "Celso", "Dragan", "Edvar", "Farlo", "Goran", "Hasmir", "Ilyan", "Jovar", "Kasem", "Lazaro", "Miron", "Nadir", "Ostap", "Pavlo", "Radik", "Selim", "Taras", "Ulvi", "Viktora", "Yelena", "Zarina"}
	listedFamily  = []string{"Abram", "Belov", "Cerk", "Darv", "Evran", "Fadil", "Gorsk", "Harun", "Imran", "Jastr", "Karim", "Lukash", "Mirz", "Nazar", "Orlov", "Petr", "Rustam", "Samor", "Tarkh", "Vasil", "Zolt"}
	listedEndings = []string{"ov", "ian", "adze", "escu", "i", "enko", "oglu", "a"}
)
