#ifdef PEG
struct T_SRC {
	char *fl; int ln;
} T_SRC[NTRANS];

void
tr_2_src(int m, char *file, int ln)
{	T_SRC[m].fl = file;
	T_SRC[m].ln = ln;
}

void
putpeg(int n, int m)
{	printf("%5d	trans %4d ", m, n);
	printf("%s:%d\n",
		T_SRC[n].fl, T_SRC[n].ln);
}
#endif

void
settable(void)
{	Trans *T;
	Trans *settr(int, int, int, int, int, char *, int, int, int);

	trans = (Trans ***) emalloc(7*sizeof(Trans **));

	/* proctype 5: :init: */

	trans[5] = (Trans **) emalloc(24*sizeof(Trans *));

	T = trans[ 5][22] = settr(411,2,0,0,0,"ATOMIC", 0, 2, 0);
	T->nxt	= settr(411,2,1,0,0,"ATOMIC", 0, 2, 0);
	trans[5][1]	= settr(390,2,8,3,3,"k = 0", 0, 2, 0);
	trans[5][9]	= settr(398,2,8,1,0,".(goto)", 0, 2, 0);
	T = trans[5][8] = settr(397,2,0,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(397,2,2,0,0,"DO", 0, 2, 0);
	    T->nxt	= settr(397,2,6,0,0,"DO", 0, 2, 0);
	trans[5][2]	= settr(391,2,3,4,0,"((k<2))", 0, 2, 0);
	trans[5][3]	= settr(392,2,4,5,5,"(run worker(k))", 0, 2, 0);
	trans[5][4]	= settr(393,2,5,6,6,"(run reaper(k))", 0, 2, 0);
	trans[5][5]	= settr(394,2,8,7,7,"k = (k+1)", 0, 2, 0);
	trans[5][6]	= settr(395,2,11,2,0,"else", 0, 2, 0);
	trans[5][7]	= settr(396,2,11,1,0,"goto :b10", 0, 2, 0); /* m: 11 -> 0,17 */
	reached5[11] = 1;
	trans[5][10]	= settr(399,2,11,1,0,"break", 0, 2, 0);
	trans[5][11]	= settr(400,2,17,8,8,"k = 0", 0, 2, 0);
	trans[5][18]	= settr(407,2,17,1,0,".(goto)", 0, 2, 0);
	T = trans[5][17] = settr(406,2,0,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(406,2,12,0,0,"DO", 0, 2, 0);
	    T->nxt	= settr(406,2,15,0,0,"DO", 0, 2, 0);
	trans[5][12]	= settr(401,2,13,9,0,"((k<(1*2)))", 0, 2, 0);
	trans[5][13]	= settr(402,2,14,10,10,"(run deadline(k))", 0, 2, 0);
	trans[5][14]	= settr(403,2,17,11,11,"k = (k+1)", 0, 2, 0);
	trans[5][15]	= settr(404,2,20,2,0,"else", 0, 2, 0);
	trans[5][16]	= settr(405,2,20,1,0,"goto :b11", 0, 2, 0);
	trans[5][19]	= settr(408,2,20,1,0,"break", 0, 2, 0);
	trans[5][20]	= settr(409,2,21,12,12,"(run world())", 0, 2, 0);
	trans[5][21]	= settr(410,0,23,13,13,"(run auditor())", 0, 2, 0);
	trans[5][23]	= settr(412,0,0,14,14,"-end-", 0, 3500, 0);

	/* proctype 4: auditor */

	trans[4] = (Trans **) emalloc(22*sizeof(Trans *));

	T = trans[ 4][20] = settr(388,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(388,2,1,0,0,"ATOMIC", 1, 3000, 0);
	trans[4][1]	= settr(369,2,8,15,15,"(timeout)", 1, 3000, 0); /* m: 2 -> 8,0 */
	reached4[2] = 1;
	trans[4][2]	= settr(0,0,0,0,0,"k = 0",0,0,0);
	trans[4][9]	= settr(377,2,8,1,0,".(goto)", 1, 3000, 0);
	T = trans[4][8] = settr(376,2,0,0,0,"DO", 1, 3000, 0);
	T = T->nxt	= settr(376,2,3,0,0,"DO", 1, 3000, 0);
	    T->nxt	= settr(376,2,6,0,0,"DO", 1, 3000, 0);
	trans[4][3]	= settr(371,2,8,16,16,"((k<(1*2)))", 1, 3000, 0); /* m: 4 -> 8,0 */
	reached4[4] = 1;
	trans[4][4]	= settr(0,0,0,0,0,"assert(((job[k]==done)||(job[k]==held)))",0,0,0);
	trans[4][5]	= settr(0,0,0,0,0,"k = (k+1)",0,0,0);
	trans[4][6]	= settr(374,2,11,2,0,"else", 1, 3000, 0);
	trans[4][7]	= settr(375,2,11,1,0,"goto :b8", 1, 3000, 0); /* m: 11 -> 0,17 */
	reached4[11] = 1;
	trans[4][10]	= settr(378,2,11,1,0,"break", 1, 3000, 0);
	trans[4][11]	= settr(379,2,17,17,17,"k = 0", 1, 3000, 0);
	trans[4][18]	= settr(386,2,17,1,0,".(goto)", 1, 3000, 0);
	T = trans[4][17] = settr(385,2,0,0,0,"DO", 1, 3000, 0);
	T = T->nxt	= settr(385,2,12,0,0,"DO", 1, 3000, 0);
	    T->nxt	= settr(385,2,15,0,0,"DO", 1, 3000, 0);
	trans[4][12]	= settr(380,2,17,18,18,"((k<(1*2)))", 1, 3000, 0); /* m: 13 -> 17,0 */
	reached4[13] = 1;
	trans[4][13]	= settr(0,0,0,0,0,"assert(((lease[k]==255)&&(open_calls[k]==0)))",0,0,0);
	trans[4][14]	= settr(0,0,0,0,0,"k = (k+1)",0,0,0);
	trans[4][15]	= settr(383,2,16,2,0,"else", 1, 3000, 0);
	trans[4][16]	= settr(384,2,19,1,0,"goto :b9", 1, 3000, 0);
	trans[4][19]	= settr(387,0,21,1,0,"break", 1, 3000, 0);
	trans[4][21]	= settr(389,0,0,19,19,"-end-", 0, 3500, 0);

	/* proctype 3: world */

	trans[3] = (Trans **) emalloc(32*sizeof(Trans *));

	trans[3][29]	= settr(366,0,28,1,0,".(goto)", 0, 2, 0);
	T = trans[3][28] = settr(365,0,0,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(365,0,23,0,0,"DO", 0, 2, 0);
	    T->nxt	= settr(365,0,27,0,0,"DO", 0, 2, 0);
	T = trans[ 3][23] = settr(360,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(360,2,1,0,0,"ATOMIC", 1, 2, 0);
	trans[3][1]	= settr(338,2,19,20,20,"((reboots<1))", 1, 2, 0); /* m: 2 -> 19,0 */
	reached3[2] = 1;
	trans[3][2]	= settr(0,0,0,0,0,"reboots = (reboots+1)",0,0,0);
	trans[3][3]	= settr(0,0,0,0,0,"w = 0",0,0,0);
	trans[3][20]	= settr(357,2,19,1,0,".(goto)", 1, 2, 0);
	T = trans[3][19] = settr(356,2,0,0,0,"DO", 1, 2, 0);
	T = T->nxt	= settr(356,2,4,0,0,"DO", 1, 2, 0);
	    T->nxt	= settr(356,2,17,0,0,"DO", 1, 2, 0);
	trans[3][4]	= settr(341,2,9,21,0,"((w<2))", 1, 2, 0);
	T = trans[3][9] = settr(346,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(346,2,5,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(346,2,8,0,0,"IF", 1, 2, 0);
	trans[3][5]	= settr(342,2,14,22,22,"(alive[w])", 1, 2, 0); /* m: 6 -> 14,0 */
	reached3[6] = 1;
	trans[3][6]	= settr(0,0,0,0,0,"alive[w] = 0",0,0,0);
	trans[3][7]	= settr(0,0,0,0,0,"reaped[w] = 0",0,0,0);
	trans[3][10]	= settr(347,2,14,1,0,".(goto)", 1, 2, 0);
	trans[3][8]	= settr(345,2,14,2,0,"else", 1, 2, 0);
	T = trans[3][14] = settr(351,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(351,2,11,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(351,2,13,0,0,"IF", 1, 2, 0);
	trans[3][11]	= settr(348,2,19,23,23,"(!(reaped[w]))", 1, 2, 0); /* m: 12 -> 19,0 */
	reached3[12] = 1;
	trans[3][12]	= settr(0,0,0,0,0,"marks_lost[w] = 1",0,0,0);
	trans[3][15]	= settr(352,2,16,1,0,".(goto)", 1, 2, 0); /* m: 16 -> 0,19 */
	reached3[16] = 1;
	trans[3][13]	= settr(350,2,16,2,0,"else", 1, 2, 0);
	trans[3][16]	= settr(353,2,19,24,24,"w = (w+1)", 1, 2, 0);
	trans[3][17]	= settr(354,2,21,2,0,"else", 1, 2, 0);
	trans[3][18]	= settr(355,2,21,1,0,"goto :b7", 1, 2, 0);
	trans[3][21]	= settr(358,2,22,1,0,"break", 1, 2, 0);
	trans[3][22]	= settr(359,0,28,25,25,"w = 0", 1, 2, 0);
	T = trans[ 3][27] = settr(364,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(364,2,24,0,0,"ATOMIC", 1, 2, 0);
	trans[3][24]	= settr(361,0,28,26,26,"(((lowerings<1)&&(cap[0]>1)))", 1, 2, 0); /* m: 25 -> 28,0 */
	reached3[25] = 1;
	trans[3][25]	= settr(0,0,0,0,0,"lowerings = (lowerings+1)",0,0,0);
	trans[3][26]	= settr(0,0,0,0,0,"cap[0] = (cap[0]-1)",0,0,0);
	trans[3][30]	= settr(367,0,31,1,0,"break", 0, 2, 0);
	trans[3][31]	= settr(368,0,0,27,27,"-end-", 0, 3500, 0);

	/* proctype 2: deadline */

	trans[2] = (Trans **) emalloc(75*sizeof(Trans *));

	trans[2][72]	= settr(335,0,71,1,0,".(goto)", 0, 2, 0);
	T = trans[2][71] = settr(334,0,0,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(334,0,4,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(334,0,10,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(334,0,14,0,0,"DO", 0, 2, 0);
	    T->nxt	= settr(334,0,70,0,0,"DO", 0, 2, 0);
	T = trans[ 2][4] = settr(267,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(267,2,1,0,0,"ATOMIC", 1, 2, 0);
	trans[2][1]	= settr(264,0,71,28,28,"(((lease[s]==254)&&!(ended[s])))", 1, 2, 0); /* m: 2 -> 71,0 */
	reached2[2] = 1;
	trans[2][2]	= settr(0,0,0,0,0,"open_calls[s] = 0",0,0,0);
	trans[2][3]	= settr(0,0,0,0,0,"ended[s] = 1",0,0,0);
	T = trans[ 2][10] = settr(273,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(273,2,5,0,0,"ATOMIC", 1, 2, 0);
	trans[2][5]	= settr(268,0,71,29,29,"((((lease[s]<2)&&!(ended[s]))&&(lapses<1)))", 1, 2, 0); /* m: 6 -> 71,0 */
	reached2[6] = 1;
	trans[2][6]	= settr(0,0,0,0,0,"lapses = (lapses+1)",0,0,0);
	trans[2][7]	= settr(0,0,0,0,0,"open_calls[s] = 0",0,0,0);
	trans[2][8]	= settr(0,0,0,0,0,"ended[s] = 1",0,0,0);
	trans[2][9]	= settr(0,0,0,0,0,"lapsed[lease[s]] = 1",0,0,0);
	T = trans[ 2][14] = settr(277,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(277,2,11,0,0,"ATOMIC", 1, 2, 0);
	trans[2][11]	= settr(274,0,71,30,30,"(((lease[s]==254)&&ended[s]))", 1, 2, 0); /* m: 12 -> 71,0 */
	reached2[12] = 1;
	trans[2][12]	= settr(0,0,0,0,0,"lease[s] = 255",0,0,0);
	trans[2][13]	= settr(0,0,0,0,0,"ended[s] = 0",0,0,0);
	T = trans[ 2][70] = settr(333,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(333,2,15,0,0,"ATOMIC", 1, 2, 0);
	trans[2][15]	= settr(278,2,40,31,0,"(((lease[s]<2)&&ended[s]))", 1, 2, 0);
	T = trans[2][40] = settr(303,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(303,2,16,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(303,2,39,0,0,"IF", 1, 2, 0);
	trans[2][16]	= settr(279,2,38,32,0,"((owner[0]==lease[s]))", 1, 2, 0);
	T = trans[ 2][38] = settr(301,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(301,0,36,0,0,"sub-sequence", 1, 2, 0);
	T = trans[2][36] = settr(299,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(299,2,17,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(299,2,31,0,0,"IF", 1, 2, 0);
	trans[2][17]	= settr(280,2,29,33,33,"(1)", 1, 2, 0); /* m: 18 -> 29,0 */
	reached2[18] = 1;
	trans[2][18]	= settr(0,0,0,0,0,"uncertain[0] = (uncertain[0]+1)",0,0,0);
	T = trans[2][29] = settr(292,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(292,2,19,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(292,2,24,0,0,"IF", 1, 2, 0);
	trans[2][19]	= settr(282,2,23,34,0,"((uncertain[0]>2))", 1, 2, 0);
	T = trans[ 2][23] = settr(286,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(286,0,20,0,0,"sub-sequence", 1, 2, 0);
	trans[2][20]	= settr(283,2,66,35,35,"owner[0] = 255", 1, 2, 0); /* m: 21 -> 0,66 */
	reached2[21] = 1;
	trans[2][21]	= settr(0,0,0,0,0,"mark[0] = unsent",0,0,0);
	trans[2][22]	= settr(0,0,0,0,0,"job[0] = 1",0,0,0);
	trans[2][30]	= settr(293,2,66,1,0,".(goto)", 1, 2, 0);
	trans[2][24]	= settr(287,2,28,2,0,"else", 1, 2, 0);
	T = trans[ 2][28] = settr(291,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(291,0,25,0,0,"sub-sequence", 1, 2, 0);
	trans[2][25]	= settr(288,2,66,36,36,"owner[0] = 255", 1, 2, 0); /* m: 26 -> 0,66 */
	reached2[26] = 1;
	trans[2][26]	= settr(0,0,0,0,0,"mark[0] = unsent",0,0,0);
	trans[2][27]	= settr(0,0,0,0,0,"job[0] = 4",0,0,0);
	trans[2][37]	= settr(300,2,66,1,0,".(goto)", 1, 2, 0);
	trans[2][31]	= settr(294,2,35,2,0,"else", 1, 2, 0);
	T = trans[ 2][35] = settr(298,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(298,0,32,0,0,"sub-sequence", 1, 2, 0);
	trans[2][32]	= settr(295,2,66,37,37,"owner[0] = 255", 1, 2, 0); /* m: 33 -> 0,66 */
	reached2[33] = 1;
	trans[2][33]	= settr(0,0,0,0,0,"mark[0] = unsent",0,0,0);
	trans[2][34]	= settr(0,0,0,0,0,"job[0] = 4",0,0,0);
	trans[2][41]	= settr(304,2,66,1,0,".(goto)", 1, 2, 0);
	trans[2][39]	= settr(302,2,66,2,0,"else", 1, 2, 0);
	T = trans[2][66] = settr(329,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(329,2,42,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(329,2,65,0,0,"IF", 1, 2, 0);
	trans[2][42]	= settr(305,2,64,38,0,"((owner[1]==lease[s]))", 1, 2, 0);
	T = trans[ 2][64] = settr(327,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(327,0,62,0,0,"sub-sequence", 1, 2, 0);
	T = trans[2][62] = settr(325,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(325,2,43,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(325,2,57,0,0,"IF", 1, 2, 0);
	trans[2][43]	= settr(306,2,55,39,39,"(1)", 1, 2, 0); /* m: 44 -> 55,0 */
	reached2[44] = 1;
	trans[2][44]	= settr(0,0,0,0,0,"uncertain[1] = (uncertain[1]+1)",0,0,0);
	T = trans[2][55] = settr(318,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(318,2,45,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(318,2,50,0,0,"IF", 1, 2, 0);
	trans[2][45]	= settr(308,2,49,40,0,"((uncertain[1]>2))", 1, 2, 0);
	T = trans[ 2][49] = settr(312,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(312,0,46,0,0,"sub-sequence", 1, 2, 0);
	trans[2][46]	= settr(309,0,71,41,41,"owner[1] = 255", 1, 2, 0); /* m: 47 -> 0,71 */
	reached2[47] = 1;
	trans[2][47]	= settr(0,0,0,0,0,"mark[1] = unsent",0,0,0);
	trans[2][48]	= settr(0,0,0,0,0,"job[1] = 1",0,0,0);
	trans[2][56]	= settr(319,2,68,1,0,".(goto)", 1, 2, 0); /* m: 68 -> 0,71 */
	reached2[68] = 1;
	trans[2][50]	= settr(313,2,54,2,0,"else", 1, 2, 0);
	T = trans[ 2][54] = settr(317,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(317,0,51,0,0,"sub-sequence", 1, 2, 0);
	trans[2][51]	= settr(314,0,71,42,42,"owner[1] = 255", 1, 2, 0); /* m: 52 -> 0,71 */
	reached2[52] = 1;
	trans[2][52]	= settr(0,0,0,0,0,"mark[1] = unsent",0,0,0);
	trans[2][53]	= settr(0,0,0,0,0,"job[1] = 4",0,0,0);
	trans[2][63]	= settr(326,2,68,1,0,".(goto)", 1, 2, 0); /* m: 68 -> 0,71 */
	reached2[68] = 1;
	trans[2][57]	= settr(320,2,61,2,0,"else", 1, 2, 0);
	T = trans[ 2][61] = settr(324,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(324,0,58,0,0,"sub-sequence", 1, 2, 0);
	trans[2][58]	= settr(321,0,71,43,43,"owner[1] = 255", 1, 2, 0); /* m: 59 -> 0,71 */
	reached2[59] = 1;
	trans[2][59]	= settr(0,0,0,0,0,"mark[1] = unsent",0,0,0);
	trans[2][60]	= settr(0,0,0,0,0,"job[1] = 4",0,0,0);
	trans[2][67]	= settr(330,2,68,1,0,".(goto)", 1, 2, 0); /* m: 68 -> 0,71 */
	reached2[68] = 1;
	trans[2][65]	= settr(328,2,68,2,0,"else", 1, 2, 0);
	trans[2][68]	= settr(331,0,71,44,44,"lease[s] = 255", 1, 2, 0); /* m: 69 -> 0,71 */
	reached2[69] = 1;
	trans[2][69]	= settr(0,0,0,0,0,"ended[s] = 0",0,0,0);
	trans[2][73]	= settr(336,0,74,1,0,"break", 0, 2, 0);
	trans[2][74]	= settr(337,0,0,45,45,"-end-", 0, 3500, 0);

	/* proctype 1: reaper */

	trans[1] = (Trans **) emalloc(89*sizeof(Trans *));

	trans[1][86]	= settr(261,0,85,1,0,".(goto)", 0, 2, 0);
	T = trans[1][85] = settr(260,0,0,0,0,"DO", 0, 2, 0);
	    T->nxt	= settr(260,0,84,0,0,"DO", 0, 2, 0);
	T = trans[ 1][84] = settr(259,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(259,2,1,0,0,"ATOMIC", 1, 2, 0);
	trans[1][1]	= settr(176,2,11,46,46,"((!(alive[w])&&!(reaped[w])))", 1, 2, 0); /* m: 2 -> 11,0 */
	reached1[2] = 1;
	trans[1][2]	= settr(0,0,0,0,0,"calls_open = marks_lost[w]",0,0,0);
	trans[1][3]	= settr(0,0,0,0,0,"calls_open = (calls_open||((owner[0]==w)&&(mark[0]==sent)))",0,0,0);
	trans[1][4]	= settr(0,0,0,0,0,"calls_open = (calls_open||((owner[1]==w)&&(mark[1]==sent)))",0,0,0);
	T = trans[1][11] = settr(186,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(186,2,5,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(186,2,7,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(186,2,10,0,0,"IF", 1, 2, 0);
	trans[1][5]	= settr(180,2,19,47,47,"(((lease[0]==w)&&calls_open))", 1, 2, 0); /* m: 6 -> 19,0 */
	reached1[6] = 1;
	trans[1][6]	= settr(0,0,0,0,0,"lease[0] = 254",0,0,0);
	trans[1][12]	= settr(187,2,19,1,0,".(goto)", 1, 2, 0);
	trans[1][7]	= settr(182,2,19,48,48,"(((lease[0]==w)&&!(calls_open)))", 1, 2, 0); /* m: 8 -> 19,0 */
	reached1[8] = 1;
	trans[1][8]	= settr(0,0,0,0,0,"lease[0] = 255",0,0,0);
	trans[1][9]	= settr(0,0,0,0,0,"ended[0] = 0",0,0,0);
	trans[1][10]	= settr(185,2,19,2,0,"else", 1, 2, 0);
	T = trans[1][19] = settr(194,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(194,2,13,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(194,2,15,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(194,2,18,0,0,"IF", 1, 2, 0);
	trans[1][13]	= settr(188,2,45,49,49,"(((lease[1]==w)&&calls_open))", 1, 2, 0); /* m: 14 -> 45,0 */
	reached1[14] = 1;
	trans[1][14]	= settr(0,0,0,0,0,"lease[1] = 254",0,0,0);
	trans[1][20]	= settr(195,2,45,1,0,".(goto)", 1, 2, 0);
	trans[1][15]	= settr(190,2,45,50,50,"(((lease[1]==w)&&!(calls_open)))", 1, 2, 0); /* m: 16 -> 45,0 */
	reached1[16] = 1;
	trans[1][16]	= settr(0,0,0,0,0,"lease[1] = 255",0,0,0);
	trans[1][17]	= settr(0,0,0,0,0,"ended[1] = 0",0,0,0);
	trans[1][18]	= settr(193,2,45,2,0,"else", 1, 2, 0);
	T = trans[1][45] = settr(220,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(220,2,21,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(220,2,44,0,0,"IF", 1, 2, 0);
	trans[1][21]	= settr(196,2,43,51,0,"((owner[0]==w))", 1, 2, 0);
	T = trans[ 1][43] = settr(218,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(218,0,41,0,0,"sub-sequence", 1, 2, 0);
	T = trans[1][41] = settr(216,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(216,2,22,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(216,2,36,0,0,"IF", 1, 2, 0);
	trans[1][22]	= settr(197,2,34,52,52,"((marks_lost[w]||(mark[0]!=7)))", 1, 2, 0); /* m: 23 -> 34,0 */
	reached1[23] = 1;
	trans[1][23]	= settr(0,0,0,0,0,"uncertain[0] = (uncertain[0]+1)",0,0,0);
	T = trans[1][34] = settr(209,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(209,2,24,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(209,2,29,0,0,"IF", 1, 2, 0);
	trans[1][24]	= settr(199,2,28,53,0,"((uncertain[0]>2))", 1, 2, 0);
	T = trans[ 1][28] = settr(203,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(203,0,25,0,0,"sub-sequence", 1, 2, 0);
	trans[1][25]	= settr(200,2,71,54,54,"owner[0] = 255", 1, 2, 0); /* m: 26 -> 0,71 */
	reached1[26] = 1;
	trans[1][26]	= settr(0,0,0,0,0,"mark[0] = unsent",0,0,0);
	trans[1][27]	= settr(0,0,0,0,0,"job[0] = 1",0,0,0);
	trans[1][35]	= settr(210,2,71,1,0,".(goto)", 1, 2, 0);
	trans[1][29]	= settr(204,2,33,2,0,"else", 1, 2, 0);
	T = trans[ 1][33] = settr(208,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(208,0,30,0,0,"sub-sequence", 1, 2, 0);
	trans[1][30]	= settr(205,2,71,55,55,"owner[0] = 255", 1, 2, 0); /* m: 31 -> 0,71 */
	reached1[31] = 1;
	trans[1][31]	= settr(0,0,0,0,0,"mark[0] = unsent",0,0,0);
	trans[1][32]	= settr(0,0,0,0,0,"job[0] = 4",0,0,0);
	trans[1][42]	= settr(217,2,71,1,0,".(goto)", 1, 2, 0);
	trans[1][36]	= settr(211,2,40,2,0,"else", 1, 2, 0);
	T = trans[ 1][40] = settr(215,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(215,0,37,0,0,"sub-sequence", 1, 2, 0);
	trans[1][37]	= settr(212,2,71,56,56,"owner[0] = 255", 1, 2, 0); /* m: 38 -> 0,71 */
	reached1[38] = 1;
	trans[1][38]	= settr(0,0,0,0,0,"mark[0] = unsent",0,0,0);
	trans[1][39]	= settr(0,0,0,0,0,"job[0] = 4",0,0,0);
	trans[1][46]	= settr(221,2,71,1,0,".(goto)", 1, 2, 0);
	trans[1][44]	= settr(219,2,71,2,0,"else", 1, 2, 0);
	T = trans[1][71] = settr(246,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(246,2,47,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(246,2,70,0,0,"IF", 1, 2, 0);
	trans[1][47]	= settr(222,2,69,57,0,"((owner[1]==w))", 1, 2, 0);
	T = trans[ 1][69] = settr(244,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(244,0,67,0,0,"sub-sequence", 1, 2, 0);
	T = trans[1][67] = settr(242,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(242,2,48,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(242,2,62,0,0,"IF", 1, 2, 0);
	trans[1][48]	= settr(223,2,60,58,58,"((marks_lost[w]||(mark[1]!=7)))", 1, 2, 0); /* m: 49 -> 60,0 */
	reached1[49] = 1;
	trans[1][49]	= settr(0,0,0,0,0,"uncertain[1] = (uncertain[1]+1)",0,0,0);
	T = trans[1][60] = settr(235,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(235,2,50,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(235,2,55,0,0,"IF", 1, 2, 0);
	trans[1][50]	= settr(225,2,54,59,0,"((uncertain[1]>2))", 1, 2, 0);
	T = trans[ 1][54] = settr(229,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(229,0,51,0,0,"sub-sequence", 1, 2, 0);
	trans[1][51]	= settr(226,2,81,60,60,"owner[1] = 255", 1, 2, 0); /* m: 52 -> 0,81 */
	reached1[52] = 1;
	trans[1][52]	= settr(0,0,0,0,0,"mark[1] = unsent",0,0,0);
	trans[1][53]	= settr(0,0,0,0,0,"job[1] = 1",0,0,0);
	trans[1][61]	= settr(236,2,81,1,0,".(goto)", 1, 2, 0);
	trans[1][55]	= settr(230,2,59,2,0,"else", 1, 2, 0);
	T = trans[ 1][59] = settr(234,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(234,0,56,0,0,"sub-sequence", 1, 2, 0);
	trans[1][56]	= settr(231,2,81,61,61,"owner[1] = 255", 1, 2, 0); /* m: 57 -> 0,81 */
	reached1[57] = 1;
	trans[1][57]	= settr(0,0,0,0,0,"mark[1] = unsent",0,0,0);
	trans[1][58]	= settr(0,0,0,0,0,"job[1] = 4",0,0,0);
	trans[1][68]	= settr(243,2,81,1,0,".(goto)", 1, 2, 0);
	trans[1][62]	= settr(237,2,66,2,0,"else", 1, 2, 0);
	T = trans[ 1][66] = settr(241,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(241,0,63,0,0,"sub-sequence", 1, 2, 0);
	trans[1][63]	= settr(238,2,81,62,62,"owner[1] = 255", 1, 2, 0); /* m: 64 -> 0,81 */
	reached1[64] = 1;
	trans[1][64]	= settr(0,0,0,0,0,"mark[1] = unsent",0,0,0);
	trans[1][65]	= settr(0,0,0,0,0,"job[1] = 4",0,0,0);
	trans[1][72]	= settr(247,2,81,1,0,".(goto)", 1, 2, 0);
	trans[1][70]	= settr(245,2,81,2,0,"else", 1, 2, 0);
	T = trans[ 1][81] = settr(256,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(256,0,73,0,0,"sub-sequence", 1, 2, 0);
	trans[1][73]	= settr(248,0,85,63,63,"slot[w] = 255", 1, 2, 0); /* m: 74 -> 0,85 */
	reached1[74] = 1;
	trans[1][74]	= settr(0,0,0,0,0,"state[w] = idle",0,0,0);
	trans[1][75]	= settr(0,0,0,0,0,"current[w] = 255",0,0,0);
	trans[1][76]	= settr(0,0,0,0,0,"current_n[w] = 0",0,0,0);
	trans[1][77]	= settr(0,0,0,0,0,"staged[w] = 255",0,0,0);
	trans[1][78]	= settr(0,0,0,0,0,"staged_n[w] = 0",0,0,0);
	trans[1][79]	= settr(0,0,0,0,0,"lapsed[w] = 0",0,0,0);
	trans[1][80]	= settr(0,0,0,0,0,"cap_seen[w] = 2",0,0,0);
	trans[1][82]	= settr(0,0,0,0,0,"calls_open = 0",0,0,0);
	trans[1][83]	= settr(0,0,0,0,0,"reaped[w] = 1",0,0,0);
	trans[1][87]	= settr(262,0,88,1,0,"break", 0, 2, 0);
	trans[1][88]	= settr(263,0,0,64,64,"-end-", 0, 3500, 0);

	/* proctype 0: worker */

	trans[0] = (Trans **) emalloc(177*sizeof(Trans *));

	trans[0][174]	= settr(173,0,173,1,0,".(goto)", 0, 2, 0);
	T = trans[0][173] = settr(172,0,0,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(172,0,23,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(172,0,46,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(172,0,66,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(172,0,79,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(172,0,84,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(172,0,150,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(172,0,154,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(172,0,159,0,0,"DO", 0, 2, 0);
	    T->nxt	= settr(172,0,172,0,0,"DO", 0, 2, 0);
	T = trans[ 0][23] = settr(22,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(22,2,1,0,0,"ATOMIC", 1, 2, 0);
	trans[0][1]	= settr(0,2,14,65,65,"((((alive[w]&&(slot[w]==255))&&((lease[0]==255)&&((0%2)<cap[(0/2)])))&&(((job[0]==ready)&&((0/2)==(0/2)))||((job[1]==ready)&&((1/2)==(0/2))))))", 1, 2, 0); /* m: 2 -> 14,0 */
	reached0[2] = 1;
	trans[0][2]	= settr(0,0,0,0,0,"lease[0] = w",0,0,0);
	trans[0][3]	= settr(0,0,0,0,0,"ended[0] = 0",0,0,0);
	trans[0][4]	= settr(0,0,0,0,0,"slot[w] = 0",0,0,0);
	trans[0][5]	= settr(0,0,0,0,0,"cap_seen[w] = cap[(0/2)]",0,0,0);
	T = trans[ 0][14] = settr(13,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(13,0,6,0,0,"sub-sequence", 1, 2, 0);
	trans[0][6]	= settr(5,2,11,66,66,"j = 0", 1, 2, 0);
	trans[0][12]	= settr(11,2,11,1,0,".(goto)", 1, 2, 0);
	T = trans[0][11] = settr(10,2,0,0,0,"DO", 1, 2, 0);
	T = T->nxt	= settr(10,2,7,0,0,"DO", 1, 2, 0);
	    T->nxt	= settr(10,2,9,0,0,"DO", 1, 2, 0);
	trans[0][7]	= settr(6,2,11,67,67,"(!(((job[j]==ready)&&((j/2)==(0/2)))))", 1, 2, 0); /* m: 8 -> 11,0 */
	reached0[8] = 1;
	trans[0][8]	= settr(0,0,0,0,0,"j = (j+1)",0,0,0);
	trans[0][9]	= settr(8,2,21,2,0,"else", 1, 2, 0);
	trans[0][10]	= settr(9,2,21,1,0,"goto :b1", 1, 2, 0);
	trans[0][13]	= settr(12,2,21,1,0,"break", 1, 2, 0);
	T = trans[ 0][21] = settr(20,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(20,0,15,0,0,"sub-sequence", 1, 2, 0);
	trans[0][15]	= settr(14,0,173,68,68,"job[j] = running", 1, 2, 0); /* m: 16 -> 0,173 */
	reached0[16] = 1;
	trans[0][16]	= settr(0,0,0,0,0,"owner[j] = w",0,0,0);
	trans[0][17]	= settr(0,0,0,0,0,"attempt[j] = (attempt[j]+1)",0,0,0);
	trans[0][18]	= settr(0,0,0,0,0,"mark[j] = unsent",0,0,0);
	trans[0][19]	= settr(0,0,0,0,0,"current[w] = j",0,0,0);
	trans[0][20]	= settr(0,0,0,0,0,"current_n[w] = attempt[j]",0,0,0);
	trans[0][22]	= settr(0,0,0,0,0,"j = 0",0,0,0);
	T = trans[ 0][46] = settr(45,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(45,2,24,0,0,"ATOMIC", 1, 2, 0);
	trans[0][24]	= settr(23,2,37,69,69,"((((alive[w]&&(slot[w]==255))&&((lease[1]==255)&&((1%2)<cap[(1/2)])))&&(((job[0]==ready)&&((0/2)==(1/2)))||((job[1]==ready)&&((1/2)==(1/2))))))", 1, 2, 0); /* m: 25 -> 37,0 */
	reached0[25] = 1;
	trans[0][25]	= settr(0,0,0,0,0,"lease[1] = w",0,0,0);
	trans[0][26]	= settr(0,0,0,0,0,"ended[1] = 0",0,0,0);
	trans[0][27]	= settr(0,0,0,0,0,"slot[w] = 1",0,0,0);
	trans[0][28]	= settr(0,0,0,0,0,"cap_seen[w] = cap[(1/2)]",0,0,0);
	T = trans[ 0][37] = settr(36,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(36,0,29,0,0,"sub-sequence", 1, 2, 0);
	trans[0][29]	= settr(28,2,34,70,70,"j = 0", 1, 2, 0);
	trans[0][35]	= settr(34,2,34,1,0,".(goto)", 1, 2, 0);
	T = trans[0][34] = settr(33,2,0,0,0,"DO", 1, 2, 0);
	T = T->nxt	= settr(33,2,30,0,0,"DO", 1, 2, 0);
	    T->nxt	= settr(33,2,32,0,0,"DO", 1, 2, 0);
	trans[0][30]	= settr(29,2,34,71,71,"(!(((job[j]==ready)&&((j/2)==(1/2)))))", 1, 2, 0); /* m: 31 -> 34,0 */
	reached0[31] = 1;
	trans[0][31]	= settr(0,0,0,0,0,"j = (j+1)",0,0,0);
	trans[0][32]	= settr(31,2,44,2,0,"else", 1, 2, 0);
	trans[0][33]	= settr(32,2,44,1,0,"goto :b2", 1, 2, 0);
	trans[0][36]	= settr(35,2,44,1,0,"break", 1, 2, 0);
	T = trans[ 0][44] = settr(43,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(43,0,38,0,0,"sub-sequence", 1, 2, 0);
	trans[0][38]	= settr(37,0,173,72,72,"job[j] = running", 1, 2, 0); /* m: 39 -> 0,173 */
	reached0[39] = 1;
	trans[0][39]	= settr(0,0,0,0,0,"owner[j] = w",0,0,0);
	trans[0][40]	= settr(0,0,0,0,0,"attempt[j] = (attempt[j]+1)",0,0,0);
	trans[0][41]	= settr(0,0,0,0,0,"mark[j] = unsent",0,0,0);
	trans[0][42]	= settr(0,0,0,0,0,"current[w] = j",0,0,0);
	trans[0][43]	= settr(0,0,0,0,0,"current_n[w] = attempt[j]",0,0,0);
	trans[0][45]	= settr(0,0,0,0,0,"j = 0",0,0,0);
	T = trans[ 0][66] = settr(65,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(65,2,47,0,0,"ATOMIC", 1, 2, 0);
	trans[0][47]	= settr(46,2,56,73,0,"((((((alive[w]&&!(lapsed[w]))&&(slot[w]!=255))&&(staged[w]==255))&&(current[w]!=255))&&(((job[0]==ready)&&((0/2)==(slot[w]/2)))||((job[1]==ready)&&((1/2)==(slot[w]/2))))))", 1, 2, 0);
	T = trans[ 0][56] = settr(55,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(55,0,48,0,0,"sub-sequence", 1, 2, 0);
	trans[0][48]	= settr(47,2,53,74,74,"j = 0", 1, 2, 0);
	trans[0][54]	= settr(53,2,53,1,0,".(goto)", 1, 2, 0);
	T = trans[0][53] = settr(52,2,0,0,0,"DO", 1, 2, 0);
	T = T->nxt	= settr(52,2,49,0,0,"DO", 1, 2, 0);
	    T->nxt	= settr(52,2,51,0,0,"DO", 1, 2, 0);
	trans[0][49]	= settr(48,2,53,75,75,"(!(((job[j]==ready)&&((j/2)==(slot[w]/2)))))", 1, 2, 0); /* m: 50 -> 53,0 */
	reached0[50] = 1;
	trans[0][50]	= settr(0,0,0,0,0,"j = (j+1)",0,0,0);
	trans[0][51]	= settr(50,2,63,2,0,"else", 1, 2, 0);
	trans[0][52]	= settr(51,2,63,1,0,"goto :b3", 1, 2, 0);
	trans[0][55]	= settr(54,2,63,1,0,"break", 1, 2, 0);
	T = trans[ 0][63] = settr(62,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(62,0,57,0,0,"sub-sequence", 1, 2, 0);
	trans[0][57]	= settr(56,0,173,76,76,"job[j] = running", 1, 2, 0); /* m: 58 -> 0,173 */
	reached0[58] = 1;
	trans[0][58]	= settr(0,0,0,0,0,"owner[j] = w",0,0,0);
	trans[0][59]	= settr(0,0,0,0,0,"attempt[j] = (attempt[j]+1)",0,0,0);
	trans[0][60]	= settr(0,0,0,0,0,"mark[j] = unsent",0,0,0);
	trans[0][61]	= settr(0,0,0,0,0,"staged[w] = j",0,0,0);
	trans[0][62]	= settr(0,0,0,0,0,"staged_n[w] = attempt[j]",0,0,0);
	trans[0][64]	= settr(0,0,0,0,0,"cap_seen[w] = cap[(slot[w]/2)]",0,0,0);
	trans[0][65]	= settr(0,0,0,0,0,"j = 0",0,0,0);
	T = trans[ 0][79] = settr(78,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(78,2,67,0,0,"ATOMIC", 1, 2, 0);
	trans[0][67]	= settr(66,2,75,77,77,"(((((alive[w]&&(state[w]==idle))&&(current[w]!=255))&&(slot[w]!=255))&&!(lapsed[w])))", 1, 2, 0); /* m: 68 -> 75,0 */
	reached0[68] = 1;
	trans[0][68]	= settr(0,0,0,0,0,"mark[current[w]] = sent",0,0,0);
	trans[0][69]	= settr(0,0,0,0,0,"state[w] = calling",0,0,0);
	trans[0][70]	= settr(0,0,0,0,0,"open_calls[slot[w]] = (open_calls[slot[w]]+1)",0,0,0);
	trans[0][71]	= settr(0,0,0,0,0,"sends[current[w]] = (sends[current[w]]+1)",0,0,0);
	trans[0][72]	= settr(0,0,0,0,0,"assert((open_calls[slot[w]]==1))",0,0,0);
	T = trans[ 0][75] = settr(74,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(74,0,73,0,0,"sub-sequence", 1, 2, 0);
	trans[0][73]	= settr(72,0,173,78,78,"total = open_calls[((slot[w]/2)*2)]", 1, 2, 0); /* m: 74 -> 0,173 */
	reached0[74] = 1;
	trans[0][74]	= settr(0,0,0,0,0,"total = (total+open_calls[(((slot[w]/2)*2)+1)])",0,0,0);
	trans[0][76]	= settr(0,0,0,0,0,"assert((total<=2))",0,0,0);
	trans[0][77]	= settr(0,0,0,0,0,"total = 0",0,0,0);
	trans[0][78]	= settr(0,0,0,0,0,"assert((sends[current[w]]<=(1+uncertain[current[w]])))",0,0,0);
	T = trans[ 0][84] = settr(83,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(83,2,80,0,0,"ATOMIC", 1, 2, 0);
	trans[0][80]	= settr(79,0,173,79,79,"(((alive[w]&&(state[w]==calling))&&!(lapsed[w])))", 1, 2, 0); /* m: 81 -> 173,0 */
	reached0[81] = 1;
	trans[0][81]	= settr(0,0,0,0,0,"open_calls[slot[w]] = (open_calls[slot[w]]-1)",0,0,0);
	trans[0][82]	= settr(0,0,0,0,0,"state[w] = answered",0,0,0);
	trans[0][83]	= settr(0,0,0,0,0,"mark[current[w]] = over",0,0,0);
	T = trans[ 0][150] = settr(149,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(149,2,85,0,0,"ATOMIC", 1, 2, 0);
	trans[0][85]	= settr(84,2,96,80,80,"((alive[w]&&(state[w]==answered)))", 1, 2, 0); /* m: 86 -> 96,0 */
	reached0[86] = 1;
	trans[0][86]	= settr(0,0,0,0,0,"j = current[w]",0,0,0);
	T = trans[0][96] = settr(95,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(95,2,87,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(95,2,92,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(95,2,94,0,0,"IF", 1, 2, 0);
	trans[0][87]	= settr(86,2,91,81,0,"(((owner[j]==w)&&(attempt[j]==current_n[w])))", 1, 2, 0);
	T = trans[ 0][91] = settr(90,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(90,0,88,0,0,"sub-sequence", 1, 2, 0);
	trans[0][88]	= settr(87,2,148,82,82,"owner[j] = 255", 1, 2, 0); /* m: 89 -> 0,148 */
	reached0[89] = 1;
	trans[0][89]	= settr(0,0,0,0,0,"mark[j] = unsent",0,0,0);
	trans[0][90]	= settr(0,0,0,0,0,"job[j] = 2",0,0,0);
	trans[0][97]	= settr(96,2,98,1,0,".(goto)", 1, 2, 0); /* m: 98 -> 0,148 */
	reached0[98] = 1;
	trans[0][92]	= settr(91,2,148,83,83,"((!(((owner[j]==w)&&(attempt[j]==current_n[w])))&&((job[j]==ready)||(job[j]==held))))", 1, 2, 0); /* m: 93 -> 148,0 */
	reached0[93] = 1;
	trans[0][93]	= settr(0,0,0,0,0,"job[j] = done",0,0,0);
	trans[0][94]	= settr(93,2,95,84,84,"((!(((owner[j]==w)&&(attempt[j]==current_n[w])))&&((job[j]==running)||(job[j]==done))))", 1, 2, 0);
	trans[0][95]	= settr(94,2,148,85,85,"(1)", 1, 2, 0); /* m: 98 -> 148,0 */
	reached0[98] = 1;
	trans[0][98]	= settr(97,2,148,86,86,"j = 0", 1, 2, 0); /* m: 99 -> 0,148 */
	reached0[99] = 1;
	trans[0][99]	= settr(0,0,0,0,0,"state[w] = idle",0,0,0);
	trans[0][100]	= settr(0,0,0,0,0,"current[w] = staged[w]",0,0,0);
	trans[0][101]	= settr(0,0,0,0,0,"current_n[w] = staged_n[w]",0,0,0);
	trans[0][102]	= settr(0,0,0,0,0,"staged[w] = 255",0,0,0);
	trans[0][103]	= settr(0,0,0,0,0,"staged_n[w] = 0",0,0,0);
	T = trans[0][148] = settr(147,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(147,2,104,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(147,2,114,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(147,2,147,0,0,"IF", 1, 2, 0);
	trans[0][104]	= settr(103,2,112,87,0,"(((current[w]==255)&&!(lapsed[w])))", 1, 2, 0);
	T = trans[ 0][112] = settr(111,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(111,0,109,0,0,"sub-sequence", 1, 2, 0);
	T = trans[0][109] = settr(108,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(108,2,105,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(108,2,108,0,0,"IF", 1, 2, 0);
	trans[0][105]	= settr(104,0,173,88,88,"(((slot[w]!=255)&&(lease[slot[w]]==w)))", 1, 2, 0); /* m: 106 -> 173,0 */
	reached0[106] = 1;
	trans[0][106]	= settr(0,0,0,0,0,"lease[slot[w]] = 255",0,0,0);
	trans[0][107]	= settr(0,0,0,0,0,"ended[slot[w]] = 0",0,0,0);
	trans[0][110]	= settr(109,2,111,1,0,".(goto)", 1, 2, 0); /* m: 111 -> 0,173 */
	reached0[111] = 1;
	trans[0][108]	= settr(107,2,111,2,0,"else", 1, 2, 0);
	trans[0][111]	= settr(110,0,173,89,89,"slot[w] = 255", 1, 2, 0); /* m: 113 -> 0,173 */
	reached0[113] = 1;
	trans[0][113]	= settr(0,0,0,0,0,"current_n[w] = 0",0,0,0);
	trans[0][149]	= settr(148,0,173,90,90,".(goto)", 1, 2, 0);
	trans[0][114]	= settr(113,2,136,91,0,"((((current[w]!=255)&&!(lapsed[w]))&&((slot[w]%2)>=cap_seen[w])))", 1, 2, 0);
	T = trans[ 0][136] = settr(135,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(135,0,134,0,0,"sub-sequence", 1, 2, 0);
	T = trans[0][134] = settr(133,2,0,0,0,"IF", 1, 2, 0);
#if 0
	/* dead link: */
	T = T->nxt	= settr(133,2,115,0,0,"IF", 1, 2, 0);
#endif
	    T->nxt	= settr(133,2,129,0,0,"IF", 1, 2, 0);
	trans[0][115]	= settr(0,0,0,0,0,"(0)",0,0,0);
	trans[0][116]	= settr(115,2,127,92,92,"uncertain[current[w]] = (uncertain[current[w]]+1)", 1, 2, 0);
	T = trans[0][127] = settr(126,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(126,2,117,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(126,2,122,0,0,"IF", 1, 2, 0);
	trans[0][117]	= settr(116,2,121,93,0,"((uncertain[current[w]]>2))", 1, 2, 0);
	T = trans[ 0][121] = settr(120,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(120,0,118,0,0,"sub-sequence", 1, 2, 0);
	trans[0][118]	= settr(117,2,146,94,94,"owner[current[w]] = 255", 1, 2, 0); /* m: 119 -> 0,146 */
	reached0[119] = 1;
	trans[0][119]	= settr(0,0,0,0,0,"mark[current[w]] = unsent",0,0,0);
	trans[0][120]	= settr(0,0,0,0,0,"job[current[w]] = 1",0,0,0);
	trans[0][128]	= settr(127,2,137,1,0,".(goto)", 1, 2, 0); /* m: 137 -> 0,146 */
	reached0[137] = 1;
	trans[0][122]	= settr(121,2,126,2,0,"else", 1, 2, 0);
	T = trans[ 0][126] = settr(125,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(125,0,123,0,0,"sub-sequence", 1, 2, 0);
	trans[0][123]	= settr(122,2,146,95,95,"owner[current[w]] = 255", 1, 2, 0); /* m: 124 -> 0,146 */
	reached0[124] = 1;
	trans[0][124]	= settr(0,0,0,0,0,"mark[current[w]] = unsent",0,0,0);
	trans[0][125]	= settr(0,0,0,0,0,"job[current[w]] = 4",0,0,0);
	trans[0][135]	= settr(134,2,137,1,0,".(goto)", 1, 2, 0); /* m: 137 -> 0,146 */
	reached0[137] = 1;
	trans[0][129]	= settr(128,2,133,2,0,"else", 1, 2, 0);
	T = trans[ 0][133] = settr(132,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(132,0,130,0,0,"sub-sequence", 1, 2, 0);
	trans[0][130]	= settr(129,2,146,96,96,"owner[current[w]] = 255", 1, 2, 0); /* m: 131 -> 0,146 */
	reached0[131] = 1;
	trans[0][131]	= settr(0,0,0,0,0,"mark[current[w]] = unsent",0,0,0);
	trans[0][132]	= settr(0,0,0,0,0,"job[current[w]] = 4",0,0,0);
	trans[0][137]	= settr(136,2,146,97,97,"current[w] = 255", 1, 2, 0); /* m: 138 -> 0,146 */
	reached0[138] = 1;
	trans[0][138]	= settr(0,0,0,0,0,"current_n[w] = 0",0,0,0);
	T = trans[ 0][146] = settr(145,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(145,0,143,0,0,"sub-sequence", 1, 2, 0);
	T = trans[0][143] = settr(142,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(142,2,139,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(142,2,142,0,0,"IF", 1, 2, 0);
	trans[0][139]	= settr(138,0,173,98,98,"(((slot[w]!=255)&&(lease[slot[w]]==w)))", 1, 2, 0); /* m: 140 -> 173,0 */
	reached0[140] = 1;
	trans[0][140]	= settr(0,0,0,0,0,"lease[slot[w]] = 255",0,0,0);
	trans[0][141]	= settr(0,0,0,0,0,"ended[slot[w]] = 0",0,0,0);
	trans[0][144]	= settr(143,2,145,1,0,".(goto)", 1, 2, 0); /* m: 145 -> 0,173 */
	reached0[145] = 1;
	trans[0][142]	= settr(141,2,145,2,0,"else", 1, 2, 0);
	trans[0][145]	= settr(144,0,173,99,99,"slot[w] = 255", 1, 2, 0); /* m: 149 -> 0,173 */
	reached0[149] = 1;
	trans[0][147]	= settr(146,2,149,2,0,"else", 1, 2, 0);
	T = trans[ 0][154] = settr(153,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(153,2,151,0,0,"ATOMIC", 1, 2, 0);
	trans[0][151]	= settr(150,0,173,100,100,"(((alive[w]&&lapsed[w])&&(state[w]!=answered)))", 1, 2, 0); /* m: 152 -> 173,0 */
	reached0[152] = 1;
	trans[0][152]	= settr(0,0,0,0,0,"alive[w] = 0",0,0,0);
	trans[0][153]	= settr(0,0,0,0,0,"reaped[w] = 0",0,0,0);
	T = trans[ 0][159] = settr(158,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(158,2,155,0,0,"ATOMIC", 1, 2, 0);
	trans[0][155]	= settr(154,0,173,101,101,"((alive[w]&&(kills<2)))", 1, 2, 0); /* m: 156 -> 173,0 */
	reached0[156] = 1;
	trans[0][156]	= settr(0,0,0,0,0,"kills = (kills+1)",0,0,0);
	trans[0][157]	= settr(0,0,0,0,0,"alive[w] = 0",0,0,0);
	trans[0][158]	= settr(0,0,0,0,0,"reaped[w] = 0",0,0,0);
	T = trans[ 0][172] = settr(171,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(171,2,160,0,0,"ATOMIC", 1, 2, 0);
	trans[0][160]	= settr(159,2,169,102,0,"((!(alive[w])&&reaped[w]))", 1, 2, 0);
	T = trans[ 0][169] = settr(168,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(168,0,161,0,0,"sub-sequence", 1, 2, 0);
	trans[0][161]	= settr(160,0,173,103,103,"slot[w] = 255", 1, 2, 0); /* m: 162 -> 0,173 */
	reached0[162] = 1;
	trans[0][162]	= settr(0,0,0,0,0,"state[w] = idle",0,0,0);
	trans[0][163]	= settr(0,0,0,0,0,"current[w] = 255",0,0,0);
	trans[0][164]	= settr(0,0,0,0,0,"current_n[w] = 0",0,0,0);
	trans[0][165]	= settr(0,0,0,0,0,"staged[w] = 255",0,0,0);
	trans[0][166]	= settr(0,0,0,0,0,"staged_n[w] = 0",0,0,0);
	trans[0][167]	= settr(0,0,0,0,0,"lapsed[w] = 0",0,0,0);
	trans[0][168]	= settr(0,0,0,0,0,"cap_seen[w] = 2",0,0,0);
	trans[0][170]	= settr(0,0,0,0,0,"marks_lost[w] = 0",0,0,0);
	trans[0][171]	= settr(0,0,0,0,0,"alive[w] = 1",0,0,0);
	trans[0][175]	= settr(174,0,176,1,0,"break", 0, 2, 0);
	trans[0][176]	= settr(175,0,0,104,104,"-end-", 0, 3500, 0);
	/* np_ demon: */
	trans[_NP_] = (Trans **) emalloc(3*sizeof(Trans *));
	T = trans[_NP_][0] = settr(9997,0,1,_T5,0,"(np_)", 1,2,0);
	    T->nxt	  = settr(9998,0,0,_T2,0,"(1)",   0,2,0);
	T = trans[_NP_][1] = settr(9999,0,1,_T5,0,"(np_)", 1,2,0);
}

Trans *
settr(	int t_id, int a, int b, int c, int d,
	char *t, int g, int tpe0, int tpe1)
{	Trans *tmp = (Trans *) emalloc(sizeof(Trans));

	tmp->atom  = a&(6|32);	/* only (2|8|32) have meaning */
	if (!g) tmp->atom |= 8;	/* no global references */
	tmp->st    = b;
	tmp->tpe[0] = tpe0;
	tmp->tpe[1] = tpe1;
	tmp->tp    = t;
	tmp->t_id  = t_id;
	tmp->forw  = c;
	tmp->back  = d;
	return tmp;
}

Trans *
cpytr(Trans *a)
{	Trans *tmp = (Trans *) emalloc(sizeof(Trans));

	int i;
	tmp->atom  = a->atom;
	tmp->st    = a->st;
#ifdef HAS_UNLESS
	tmp->e_trans = a->e_trans;
	for (i = 0; i < HAS_UNLESS; i++)
		tmp->escp[i] = a->escp[i];
#endif
	tmp->tpe[0] = a->tpe[0];
	tmp->tpe[1] = a->tpe[1];
	for (i = 0; i < 6; i++)
	{	tmp->qu[i] = a->qu[i];
		tmp->ty[i] = a->ty[i];
	}
	tmp->tp    = (char *) emalloc(strlen(a->tp)+1);
	strcpy(tmp->tp, a->tp);
	tmp->t_id  = a->t_id;
	tmp->forw  = a->forw;
	tmp->back  = a->back;
	return tmp;
}

#ifndef NOREDUCE
int
srinc_set(int n)
{	if (n <= 2) return LOCAL;
	if (n <= 2+  DELTA) return Q_FULL_F; /* 's' or nfull  */
	if (n <= 2+2*DELTA) return Q_EMPT_F; /* 'r' or nempty */
	if (n <= 2+3*DELTA) return Q_EMPT_T; /* empty */
	if (n <= 2+4*DELTA) return Q_FULL_T; /* full  */
	if (n ==   5*DELTA) return GLOBAL;
	if (n ==   6*DELTA) return TIMEOUT_F;
	if (n ==   7*DELTA) return ALPHA_F;
	Uerror("cannot happen srinc_class");
	return BAD;
}
int
srunc(int n, int m)
{	switch(m) {
	case Q_FULL_F: return n-2;
	case Q_EMPT_F: return n-2-DELTA;
	case Q_EMPT_T: return n-2-2*DELTA;
	case Q_FULL_T: return n-2-3*DELTA;
	case ALPHA_F:
	case TIMEOUT_F: return 257; /* non-zero, and > MAXQ */
	}
	Uerror("cannot happen srunc");
	return 0;
}
#endif
int cnt;
#ifdef HAS_UNLESS
int
isthere(Trans *a, int b)
{	Trans *t;
	for (t = a; t; t = t->nxt)
		if (t->t_id == b)
			return 1;
	return 0;
}
#endif
#ifndef NOREDUCE
int
mark_safety(Trans *t) /* for conditional safety */
{	int g = 0, i, j, k;

	if (!t) return 0;
	if (t->qu[0])
		return (t->qu[1])?2:1;	/* marked */

	for (i = 0; i < 2; i++)
	{	j = srinc_set(t->tpe[i]);
		if (j >= GLOBAL && j != ALPHA_F)
			return -1;
		if (j != LOCAL)
		{	k = srunc(t->tpe[i], j);
			if (g == 0
			||  t->qu[0] != k
			||  t->ty[0] != j)
			{	t->qu[g] = k;
				t->ty[g] = j;
				g++;
	}	}	}
	return g;
}
#endif
void
retrans(int n, int m, int is, short srcln[], uchar reach[], uchar lpstate[])
	/* process n, with m states, is=initial state */
{	Trans *T0, *T1, *T2, *T3;
	Trans *T4, *T5; /* t_reverse or has_unless */
	int i;
#if defined(HAS_UNLESS) || !defined(NOREDUCE)
	int k;
#endif
#ifndef NOREDUCE
	int g, h, j, aa;
#endif
#ifdef HAS_UNLESS
	int p;
#endif
	if (state_tables >= 4)
	{	printf("STEP 1 %s\n", 
			procname[n]);
		for (i = 1; i < m; i++)
		for (T0 = trans[n][i]; T0; T0 = T0->nxt)
			crack(n, i, T0, srcln);
		return;
	}
	do {
		for (i = 1, cnt = 0; i < m; i++)
		{	T2 = trans[n][i];
			T1 = T2?T2->nxt:(Trans *)0;
/* prescan: */		for (T0 = T1; T0; T0 = T0->nxt)
/* choice in choice */	{	if (T0->st && trans[n][T0->st]
				&&  trans[n][T0->st]->nxt)
					break;
			}
#if 0
		if (T0)
		printf("\tstate %d / %d: choice in choice\n",
		i, T0->st);
#endif
			if (T0)
			for (T0 = T1; T0; T0 = T0->nxt)
			{	T3 = trans[n][T0->st];
				if (!T3->nxt)
				{	T2->nxt = cpytr(T0);
					T2 = T2->nxt;
					imed(T2, T0->st, n, i);
					continue;
				}
				do {	T3 = T3->nxt;
					T2->nxt = cpytr(T3);
					T2 = T2->nxt;
					imed(T2, T0->st, n, i);
				} while (T3->nxt);
				cnt++;
			}
		}
	} while (cnt);
	if (state_tables >= 3)
	{	printf("STEP 2 %s\n", 
			procname[n]);
		for (i = 1; i < m; i++)
		for (T0 = trans[n][i]; T0; T0 = T0->nxt)
			crack(n, i, T0, srcln);
		return;
	}
	for (i = 1; i < m; i++)
	{	if (trans[n][i] && trans[n][i]->nxt) /* optimize */
		{	T1 = trans[n][i]->nxt;
#if 0
			printf("\t\tpull %d (%d) to %d\n",
			T1->st, T1->forw, i);
#endif
			srcln[i] = srcln[T1->st];	/* Oyvind Teig, 5.2.0 */

			if (!trans[n][T1->st]) continue;
			T0 = cpytr(trans[n][T1->st]);
			trans[n][i] = T0;
			reach[T1->st] = 1;
			imed(T0, T1->st, n, i);
			for (T1 = T1->nxt; T1; T1 = T1->nxt)
			{
#if 0
			printf("\t\tpull %d (%d) to %d\n",
				T1->st, T1->forw, i);
#endif
		/*		srcln[i] = srcln[T1->st];  gh: not useful */
				if (!trans[n][T1->st]) continue;
				T0->nxt = cpytr(trans[n][T1->st]);
				T0 = T0->nxt;
				reach[T1->st] = 1;
				imed(T0, T1->st, n, i);
	}	}	}
	if (state_tables >= 2)
	{	printf("STEP 3 %s\n", 
			procname[n]);
		for (i = 1; i < m; i++)
		for (T0 = trans[n][i]; T0; T0 = T0->nxt)
			crack(n, i, T0, srcln);
		return;
	}
#ifdef HAS_UNLESS
	for (i = 1; i < m; i++)
	{	if (!trans[n][i]) continue;
		/* check for each state i if an
		 * escape to some state p is defined
		 * if so, copy and mark p's transitions
		 * and prepend them to the transition-
		 * list of state i
		 */
	 if (!like_java) /* the default */
	 {	for (T0 = trans[n][i]; T0; T0 = T0->nxt)
		for (k = HAS_UNLESS-1; k >= 0; k--)
		{	if (p = T0->escp[k])
			for (T1 = trans[n][p]; T1; T1 = T1->nxt)
			{	if (isthere(trans[n][i], T1->t_id))
					continue;
				T2 = cpytr(T1);
				T2->e_trans = p;
				T2->nxt = trans[n][i];
				trans[n][i] = T2;
		}	}
	 } else /* outermost unless checked first */
	 {	T4 = T3 = (Trans *) 0;
		for (T0 = trans[n][i]; T0; T0 = T0->nxt)
		for (k = HAS_UNLESS-1; k >= 0; k--)
		{	if (p = T0->escp[k])
			for (T1 = trans[n][p]; T1; T1 = T1->nxt)
			{	if (isthere(trans[n][i], T1->t_id))
					continue;
				T2 = cpytr(T1);
				T2->nxt = (Trans *) 0;
				T2->e_trans = p;
				if (T3)	T3->nxt = T2;
				else	T4 = T2;
				T3 = T2;
		}	}
		if (T4)
		{	T3->nxt = trans[n][i];
			trans[n][i] = T4;
		}
	 }
	}
#endif
#ifndef NOREDUCE
	for (i = 1; i < m; i++)
	{	if (a_cycles)
		{ /* moves through these states are visible */
	#if PROG_LAB>0 && defined(HAS_NP)
			if (progstate[n][i])
				goto degrade;
			for (T1 = trans[n][i]; T1; T1 = T1->nxt)
				if (progstate[n][T1->st])
					goto degrade;
	#endif
			if (accpstate[n][i] || visstate[n][i])
				goto degrade;
			for (T1 = trans[n][i]; T1; T1 = T1->nxt)
				if (accpstate[n][T1->st])
					goto degrade;
		}
		T1 = trans[n][i];
		if (!T1) continue;
		g = mark_safety(T1);	/* V3.3.1 */
		if (g < 0) goto degrade; /* global */
		/* check if mixing of guards preserves reduction */
		if (T1->nxt)
		{	k = 0;
			for (T0 = T1; T0; T0 = T0->nxt)
			{	if (!(T0->atom&8))
					goto degrade;
				for (aa = 0; aa < 2; aa++)
				{	j = srinc_set(T0->tpe[aa]);
					if (j >= GLOBAL && j != ALPHA_F)
						goto degrade;
					if (T0->tpe[aa]
					&&  T0->tpe[aa]
					!=  T1->tpe[0])
						k = 1;
			}	}
			/* g = 0;	V3.3.1 */
			if (k)	/* non-uniform selection */
			for (T0 = T1; T0; T0 = T0->nxt)
			for (aa = 0; aa < 2; aa++)
			{	j = srinc_set(T0->tpe[aa]);
				if (j != LOCAL)
				{	k = srunc(T0->tpe[aa], j);
					for (h = 0; h < 6; h++)
						if (T1->qu[h] == k
						&&  T1->ty[h] == j)
							break;
					if (h >= 6)
					{	T1->qu[g%6] = k;
						T1->ty[g%6] = j;
						g++;
			}	}	}
			if (g > 6)
			{	T1->qu[0] = 0;	/* turn it off */
				printf("pan: warning, line %d, ",
					srcln[i]);
			 	printf("too many stmnt types (%d)",
					g);
			  	printf(" in selection\n");
			  goto degrade;
			}
		}
		/* mark all options global if >=1 is global */
		for (T1 = trans[n][i]; T1; T1 = T1->nxt)
			if (!(T1->atom&8)) break;
		if (T1)
degrade:	for (T1 = trans[n][i]; T1; T1 = T1->nxt)
			T1->atom &= ~8;	/* mark as unsafe */
		/* can only mix 'r's or 's's if on same chan */
		/* and not mixed with other local operations */
		T1 = trans[n][i];
		if (!T1 || T1->qu[0]) continue;
		j = T1->tpe[0];
		if (T1->nxt && T1->atom&8)
		{ if (j == 5*DELTA)
		  {	printf("warning: line %d ", srcln[i]);
			printf("mixed condition ");
			printf("(defeats reduction)\n");
			goto degrade;
		  }
		  for (T0 = T1; T0; T0 = T0->nxt)
		  for (aa = 0; aa < 2; aa++)
		  if  (T0->tpe[aa] && T0->tpe[aa] != j)
		  {	printf("warning: line %d ", srcln[i]);
			printf("[%d-%d] mixed %stion ",
				T0->tpe[aa], j, 
				(j==5*DELTA)?"condi":"selec");
			printf("(defeats reduction)\n");
			printf("	'%s' <-> '%s'\n",
				T1->tp, T0->tp);
			goto degrade;
		} }
	}
#endif
	for (i = 1; i < m; i++)
	{	T2 = trans[n][i];
		if (!T2
		||  T2->nxt
		||  strncmp(T2->tp, ".(goto)", 7)
		||  !stopstate[n][i])
			continue;
		stopstate[n][T2->st] = 1;
	}
	if (state_tables && !verbose)
	{	if (dodot)
		{	char buf[256], *q = buf, *p = procname[n];
			while (*p != '\0')
			{	if (*p != ':')
				{	*q++ = *p;
				}
				p++;
			}
			*q = '\0';
			printf("digraph ");
			switch (Btypes[n]) {
			case I_PROC:  printf("init {\n"); break;
			case N_CLAIM: printf("claim_%s {\n", buf); break;
			case E_TRACE: printf("notrace {\n"); break;
			case N_TRACE: printf("trace {\n"); break;
			default:      printf("p_%s {\n", buf); break;
			}
			printf("size=\"8,10\";\n");
			printf("  GT [shape=box,style=dotted,label=\"%s\"];\n", buf);
			printf("  GT -> S%d;\n", is);
		} else
		{	switch (Btypes[n]) {
			case I_PROC:  printf("init\n"); break;
			case N_CLAIM: printf("claim %s\n", procname[n]); break;
			case E_TRACE: printf("notrace assertion\n"); break;
			case N_TRACE: printf("trace assertion\n"); break;
			default:      printf("proctype %s\n", procname[n]); break;
		}	}
		for (i = 1; i < m; i++)
		{	reach[i] = 1;
		}
		tagtable(n, m, is, srcln, reach);
		if (dodot) printf("}\n");
	} else
	for (i = 1; i < m; i++)
	{	int nrelse;
		if (Btypes[n] != N_CLAIM)
		{	for (T0 = trans[n][i]; T0; T0 = T0->nxt)
			{	if (T0->st == i
				&& strcmp(T0->tp, "(1)") == 0)
				{	printf("error: proctype '%s' ",
						procname[n]);
		  			printf("line %d, state %d: has un",
						srcln[i], i);
					printf("conditional self-loop\n");
					pan_exit(1);
		}	}	}
		nrelse = 0;
		for (T0 = trans[n][i]; T0; T0 = T0->nxt)
		{	if (strcmp(T0->tp, "else") == 0)
				nrelse++;
		}
		if (nrelse > 1)
		{	printf("error: proctype '%s' state",
				procname[n]);
		  	printf(" %d, inherits %d", i, nrelse);
		  	printf(" 'else' stmnts\n");
			pan_exit(1);
	}	}
#if !defined(LOOPSTATE) && !defined(BFS_PAR)
	if (state_tables)
#endif
	do_dfs(n, m, is, srcln, reach, lpstate);

	if (!t_reverse)
	{	return;
	}
	/* process n, with m states, is=initial state -- reverse list */
	if (!state_tables && Btypes[n] != N_CLAIM)
	{	for (i = 1; i < m; i++)
		{	Trans *Tx = (Trans *) 0; /* list of escapes */
			Trans *Ty = (Trans *) 0; /* its tail element */
			T1 = (Trans *) 0; /* reversed list */
			T2 = (Trans *) 0; /* its tail */
			T3 = (Trans *) 0; /* remembers possible 'else' */

			/* find unless-escapes, they should go first */
			T4 = T5 = T0 = trans[n][i];
	#ifdef HAS_UNLESS
			while (T4 && T4->e_trans) /* escapes are first in orig list */
			{	T5 = T4;	  /* remember predecessor */
				T4 = T4->nxt;
			}
	#endif
			/* T4 points to first non-escape, T5 to its parent, T0 to original list */
			if (T4 != T0)		 /* there was at least one escape */
			{	T3 = T5->nxt;		 /* start of non-escapes */
				T5->nxt = (Trans *) 0;	 /* separate */
				Tx = T0;		 /* start of the escapes */
				Ty = T5;		 /* its tail */
				T0 = T3;		 /* the rest, to be reversed */
			}
			/* T0 points to first non-escape, Tx to the list of escapes, Ty to its tail */

			/* first tail-add non-escape transitions, reversed */
			T3 = (Trans *) 0;
			for (T5 = T0; T5; T5 = T4)
			{	T4 = T5->nxt;
	#ifdef HAS_UNLESS
				if (T5->e_trans)
				{	printf("error: cannot happen!\n");
					continue;
				}
	#endif
				if (strcmp(T5->tp, "else") == 0)
				{	T3 = T5;
					T5->nxt = (Trans *) 0;
				} else
				{	T5->nxt = T1;
					if (!T1) { T2 = T5; }
					T1 = T5;
			}	}
			/* T3 points to a possible else, which is removed from the list */
			/* T1 points to the reversed list so far (without escapes) */
			/* T2 points to the tail element -- where the else should go */
			if (T2 && T3)
			{	T2->nxt = T3;	/* add else */
			} else
			{	if (T3) /* there was an else, but there's no tail */
				{	if (!T1)	/* and no reversed list */
					{	T1 = T3; /* odd, but possible */
					} else		/* even stranger */
					{	T1->nxt = T3;
			}	}	}

			/* add in the escapes, to that they appear at the front */
			if (Tx && Ty) { Ty->nxt = T1; T1 = Tx; }

			trans[n][i] = T1;
			/* reversed, with escapes first and else last */
	}	}
	if (state_tables && verbose)
	{	printf("FINAL proctype %s\n", 
			procname[n]);
		for (i = 1; i < m; i++)
		for (T0 = trans[n][i]; T0; T0 = T0->nxt)
			crack(n, i, T0, srcln);
	}
}
void
imed(Trans *T, int v, int n, int j)	/* set intermediate state */
{	progstate[n][T->st] |= progstate[n][v];
	accpstate[n][T->st] |= accpstate[n][v];
	stopstate[n][T->st] |= stopstate[n][v];
	mapstate[n][j] = T->st;
}
void
tagtable(int n, int m, int is, short srcln[], uchar reach[])
{	Trans *z;

	if (is >= m || !trans[n][is]
	||  is <= 0 || reach[is] == 0)
		return;
	reach[is] = 0;
	if (state_tables)
	for (z = trans[n][is]; z; z = z->nxt)
	{	if (dodot)
			dot_crack(n, is, z);
		else
			crack(n, is, z, srcln);
	}

	for (z = trans[n][is]; z; z = z->nxt)
	{
#ifdef HAS_UNLESS
		int i, j;
#endif
		tagtable(n, m, z->st, srcln, reach);
#ifdef HAS_UNLESS
		for (i = 0; i < HAS_UNLESS; i++)
		{	j = trans[n][is]->escp[i];
			if (!j) break;
			tagtable(n, m, j, srcln, reach);
		}
#endif
	}
}

extern Trans *t_id_lkup[];

void
dfs_table(int n, int m, int is, short srcln[], uchar reach[], uchar lpstate[])
{	Trans *z;

	if (is >= m || is <= 0 || !trans[n][is])
		return;
	if ((reach[is] & (4|8|16)) != 0)
	{	if ((reach[is] & (8|16)) == 16)	/* on stack, not yet recorded */
		{	lpstate[is] = 1;
			reach[is] |= 8; /* recorded */
			if (state_tables && verbose)
			{	printf("state %d line %d is a loopstate\n", is, srcln[is]);
		}	}
		return;
	}
	reach[is] |= (4|16);	/* visited | onstack */
	for (z = trans[n][is]; z; z = z->nxt)
	{	t_id_lkup[z->t_id] = z;
#ifdef HAS_UNLESS
		int i, j;
#endif
		dfs_table(n, m, z->st, srcln, reach, lpstate);
#ifdef HAS_UNLESS
		for (i = 0; i < HAS_UNLESS; i++)
		{	j = trans[n][is]->escp[i];
			if (!j) break;
			dfs_table(n, m, j, srcln, reach, lpstate);
		}
#endif
	}
	reach[is] &= ~16; /* no longer on stack */
}
void
do_dfs(int n, int m, int is, short srcln[], uchar reach[], uchar lpstate[])
{	int i;
	dfs_table(n, m, is, srcln, reach, lpstate);
	for (i = 0; i < m; i++)
		reach[i] &= ~(4|8|16);
}
void
crack(int n, int j, Trans *z, short srcln[])
{	int i;

	if (!z) return;
	printf("	state %3d -(tr %3d)-> state %3d  ",
		j, z->forw, z->st);
	printf("[id %3d tp %3d", z->t_id, z->tpe[0]);
	if (z->tpe[1]) printf(",%d", z->tpe[1]);
#ifdef HAS_UNLESS
	if (z->e_trans)
		printf(" org %3d", z->e_trans);
	else if (state_tables >= 2)
	for (i = 0; i < HAS_UNLESS; i++)
	{	if (!z->escp[i]) break;
		printf(" esc %d", z->escp[i]);
	}
#endif
	printf("]");
	printf(" [%s%s%s%s%s] %s:%d => ",
		z->atom&6?"A":z->atom&32?"D":"-",
		accpstate[n][j]?"a" :"-",
		stopstate[n][j]?"e" : "-",
		progstate[n][j]?"p" : "-",
		z->atom & 8 ?"L":"G",
		PanSource, srcln[j]);
	for (i = 0; z->tp[i]; i++)
		if (z->tp[i] == '\n')
			printf("\\n");
		else
			putchar(z->tp[i]);
	if (verbose && z->qu[0])
	{	printf("\t[");
		for (i = 0; i < 6; i++)
			if (z->qu[i])
				printf("(%d,%d)",
				z->qu[i], z->ty[i]);
		printf("]");
	}
	printf("\n");
	fflush(stdout);
}
/* spin -a m.pml; cc -o pan pan.c; ./pan -D | dot -Tps > foo.ps; ps2pdf foo.ps */
void
dot_crack(int n, int j, Trans *z)
{	int i;

	if (!z) return;
	printf("	S%d -> S%d  [color=black", j, z->st);

	if (z->atom&6) printf(",style=dashed");
	else if (z->atom&32) printf(",style=dotted");
	else if (z->atom&8) printf(",style=solid");
	else printf(",style=bold");

	printf(",label=\"");
	for (i = 0; z->tp[i]; i++)
	{	if (z->tp[i] == '\\'
		&&  z->tp[i+1] == 'n')
		{	i++; printf(" ");
		} else
		{	putchar(z->tp[i]);
	}	}
	printf("\"];\n");
	if (accpstate[n][j]) printf("  S%d [color=red,style=bold];\n", j);
	else if (progstate[n][j]) printf("  S%d [color=green,style=bold];\n", j);
	if (stopstate[n][j]) printf("  S%d [color=blue,style=bold,shape=box];\n", j);
}

#ifdef VAR_RANGES
#define BYTESIZE	32	/* 2^8 : 2^3 = 256:8 = 32 */

typedef struct Vr_Ptr {
	char	*nm;
	uchar	vals[BYTESIZE];
	struct Vr_Ptr *nxt;
} Vr_Ptr;
Vr_Ptr *ranges = (Vr_Ptr *) 0;

void
logval(char *s, int v)
{	Vr_Ptr *tmp;

	if (v<0 || v > 255) return;
	for (tmp = ranges; tmp; tmp = tmp->nxt)
		if (!strcmp(tmp->nm, s))
			goto found;
	tmp = (Vr_Ptr *) emalloc(sizeof(Vr_Ptr));
	tmp->nxt = ranges;
	ranges = tmp;
	tmp->nm = s;
found:
	tmp->vals[(v)/8] |= 1<<((v)%8);
}

void
dumpval(uchar X[], int range)
{	int w, x, i, j = -1;

	for (w = i = 0; w < range; w++)
	for (x = 0; x < 8; x++, i++)
	{
from:		if ((X[w] & (1<<x)))
		{	printf("%d", i);
			j = i;
			goto upto;
	}	}
	return;
	for (w = 0; w < range; w++)
	for (x = 0; x < 8; x++, i++)
	{
upto:		if (!(X[w] & (1<<x)))
		{	if (i-1 == j)
				printf(", ");
			else
				printf("-%d, ", i-1);
			goto from;
	}	}
	if (j >= 0 && j != 255)
		printf("-255");
}

void
dumpranges(void)
{	Vr_Ptr *tmp;
	printf("\nValues assigned within ");
	printf("interval [0..255]:\n");
	for (tmp = ranges; tmp; tmp = tmp->nxt)
	{	printf("\t%s\t: ", tmp->nm);
		dumpval(tmp->vals, BYTESIZE);
		printf("\n");
	}
}
#endif
