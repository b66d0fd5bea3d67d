package synth

import (
	"fmt"
	"strings"
)

// Countries are those of the pools below, and the language of each.
var Countries = map[string]string{
	"DE": "de", "AT": "de", "CH": "de", "FR": "fr", "BE": "fr", "NL": "nl", "ES": "es",
	"GB": "en", "IE": "en", "US": "en", "PL": "en", "SE": "en",
}

// The pools that names and addresses are made of.
var (
	// Founders are family names that companies bear.
	Founders = []string{"Brandt", "Hoffmann", "Keller", "Vogel", "Lange", "Albrecht", "Dubois", "Moreau", "Lefebvre", "Jansen", "de Vries", "Bakker", "García", "Navarro", "Ortega", "Carter", "Hughes", "Whitfield", "Nowak", "Zielinski", "Bergström", "Lindholm", "Steiner", "Gruber", "Meier", "Fontana", "Rossi", "Novak", "Schubert", "Arnold"}
	// Trades are what companies do, by language.
	Trades = map[string][]string{
		"de": {"Maschinenbau", "Industriebedarf", "Elektrotechnik", "Logistik", "Werkzeuge", "Gebäudetechnik", "Stahlhandel", "Bürobedarf"},
		"en": {"Engineering", "Supplies", "Logistics", "Tools", "Facilities", "Steel", "Electronics", "Consulting"},
		"fr": {"Industrie", "Outillage", "Transports", "Électricité", "Fournitures", "Métaux"},
		"nl": {"Techniek", "Transport", "Gereedschap", "Metaal", "Installaties", "Kantoor"},
		"es": {"Suministros", "Transportes", "Herramientas", "Metales", "Servicios", "Electricidad"},
	}
	// Forms are legal forms, by country.
	Forms = map[string][]string{
		"DE": {"GmbH", "GmbH & Co. KG", "AG"}, "AT": {"GmbH"}, "CH": {"AG", "GmbH"}, "FR": {"SARL", "SAS"}, "BE": {"SA", "SPRL"},
		"NL": {"B.V."}, "ES": {"S.L.", "S.A."}, "GB": {"Ltd", "PLC"}, "IE": {"Ltd"}, "US": {"Inc.", "LLC"}, "PL": {"Sp. z o.o."}, "SE": {"AB"},
	}
	// Towns are postal towns, by country.
	Towns = map[string][]string{
		"DE": {"20457 Hamburg", "80331 München", "50667 Köln", "70173 Stuttgart", "04109 Leipzig"}, "AT": {"1010 Wien", "8010 Graz"}, "CH": {"8001 Zürich", "3011 Bern"},
		"FR": {"69002 Lyon", "75011 Paris", "59000 Lille"}, "BE": {"1000 Bruxelles", "4000 Liège"}, "NL": {"3011 AA Rotterdam", "5611 EM Eindhoven"}, "ES": {"28013 Madrid", "46002 Valencia"},
		"GB": {"Leeds LS1 4DY", "Bristol BS1 5TR"}, "IE": {"Dublin D02 X285"}, "US": {"Columbus, OH 43215", "Austin, TX 78701"}, "PL": {"00-001 Warszawa"}, "SE": {"111 22 Stockholm"},
	}
	// Streets are streets, by language.
	Streets = map[string][]string{
		"de": {"Hauptstr.", "Industrieweg", "Am Hafen", "Bahnhofstr."}, "en": {"High Street", "Mill Road", "Station Way"}, "fr": {"rue du Port", "avenue Foch"},
		"nl": {"Havenweg", "Industrieweg"}, "es": {"Calle Mayor", "Polígono Sur"},
	}
)

// GivenNames are given names, by language.
var GivenNames = map[string][]string{
	"de": {"Anna", "Jonas", "Katrin", "Lukas", "Sabine", "Felix", "Heike", "Matthias", "Julia", "Tobias", "Ursula", "Jürgen", "Lena", "Stefan", "Birgit", "Emre", "Aylin", "Dmitri"},
	"en": {"Emma", "Oliver", "Grace", "Jack", "Aisha", "Harry", "Charlotte", "Daniel", "Priya", "Thomas", "Fiona", "Liam", "Megan", "Samuel", "Chloe", "Marek", "Ingrid", "Anders"},
	"fr": {"Camille", "Louis", "Chloé", "Hugo", "Manon", "Théo", "Inès", "Mathieu", "Amélie", "Karim", "Élodie", "Gérard", "Nadia", "Luc"},
	"nl": {"Sanne", "Daan", "Lotte", "Bram", "Femke", "Jeroen", "Anouk", "Pieter", "Fatima", "Ruben", "Marijke", "Thijs"},
	"es": {"Lucía", "Javier", "Marta", "Alejandro", "Carmen", "Pablo", "Elena", "Diego", "Nuria", "Íñigo", "Rosa", "Andrés"},
}

// FamilyNames are family names of people, by language.
var FamilyNames = map[string][]string{
	"de": {"Müller", "Schmidt", "Weber", "Fischer", "Becker", "Schäfer", "Koch", "Richter", "Wolf", "Krüger", "Hartmann", "Lehmann", "Yilmaz", "Öztürk", "Kowalski", "Brandt", "Vogel", "Böhm"},
	"en": {"Smith", "Taylor", "Walsh", "Evans", "Khan", "Wright", "O'Connor", "Patel", "Hughes", "Bennett", "Murphy", "Clarke", "Nowak", "Lindqvist", "Okafor", "Fraser"},
	"fr": {"Martin", "Bernard", "Petit", "Durand", "Leroy", "Lefèvre", "Girard", "Benali", "Mercier", "François", "Chevalier", "Gauthier"},
	"nl": {"de Jong", "Jansen", "van den Berg", "Visser", "Smit", "Mulder", "de Boer", "van Dijk", "El Amrani", "Kuipers"},
	"es": {"García", "Fernández", "López", "Martínez", "Sánchez", "Gómez", "Ruiz", "Hernández", "Núñez", "Ibáñez"},
}

// Company makes up the name of a company: founder, trade and legal form.
func Company(d Draw, language, country string) string {
	return Pick(d, Founders) + " " + Pick(d, Trades[language]) + " " + Pick(d, Forms[country])
}

// Address makes up a street and a town.
func Address(d Draw, language, country string) string {
	return fmt.Sprintf("%s %d, %s", Pick(d, Streets[language]), d.Int(1, 180), Pick(d, Towns[country]))
}

// Person makes up a given name and a family name.
func Person(d Draw, language string) (given, family string) {
	return Pick(d, GivenNames[language]), Pick(d, FamilyNames[language])
}

// TaxID is a tax number in the form that the country uses.
func TaxID(d Draw, country string) string {
	switch country {
	case "AT":
		return "ATU" + d.Digits(8)
	case "CH":
		return "CHE-" + d.Digits(3) + "." + d.Digits(3) + "." + d.Digits(3)
	case "FR":
		return "FR" + d.Digits(11)
	case "BE":
		return "BE0" + d.Digits(9)
	case "NL":
		return "NL" + d.Digits(9) + "B0" + d.Digits(1)
	case "ES":
		return "ESB" + d.Digits(8)
	case "IE":
		return "IE" + d.Digits(7) + "W"
	case "US":
		return d.Digits(2) + "-" + d.Digits(7)
	case "PL":
		return "PL" + d.Digits(10)
	case "SE":
		return "SE" + d.Digits(10) + "01"
	default:
		return country + d.Digits(9)
	}
}

// IBAN is an account number in IBAN's shape. The check digits are random: no
// such account exists.
func IBAN(d Draw, country string) string {
	s := country + d.Digits(20)
	var groups []string
	for ; len(s) > 4; s = s[4:] {
		groups = append(groups, s[:4])
	}
	return strings.Join(append(groups, s), " ")
}
